import type { Store } from '../../src/stores/index.js';

/** What stands between a caller and one method of a store, such as `sessions.rotate`. */
export type Interceptor = (
  method: string,
  perform: () => Promise<unknown>,
  args: readonly unknown[],
) => Promise<unknown>;

/** The same store with every method of every port behind `intercept`. */
export function interceptStore(store: Store, intercept: Interceptor): Store {
  const port = <Port extends object>(prefix: string, target: Port): Port =>
    new Proxy(target, {
      get(object, member) {
        const value: unknown = Reflect.get(object, member);
        // Neither a step nor asynchronous.
        if (typeof value !== 'function' || member === 'watch') return value;
        return (...args: unknown[]) =>
          intercept(
            prefix + String(member),
            () => Reflect.apply(value, object, args) as Promise<unknown>,
            args,
          );
      },
    });
  return port('', {
    ...store,
    sessions: port('sessions.', store.sessions),
    data: port('data.', store.data),
    documents: port('documents.', store.documents),
    events: port('events.', store.events),
    replays: port('replays.', store.replays),
    ephemera: port('ephemera.', store.ephemera),
    revocations: port('revocations.', store.revocations),
  });
}

/** The same store, and the names of the methods that were called, in order. */
export function countingStore(store: Store): { readonly store: Store; readonly calls: string[] } {
  const calls: string[] = [];
  const counted = interceptStore(store, (method, perform) => {
    calls.push(method);
    return perform();
  });
  return { store: counted, calls };
}
