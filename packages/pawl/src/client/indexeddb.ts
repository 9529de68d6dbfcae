/** The part of IndexedDB that is used here, by its shape: the library is compiled without the types of browsers. */
export interface IdbRequest<T> {
  readonly result: T;
  readonly error: Error | null;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

interface IdbTransaction {
  readonly error: Error | null;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
  objectStore(name: string): IdbObjectStore;
}

export interface IdbObjectStore {
  get(key: string): IdbRequest<unknown>;
  put(value: unknown, key: string): IdbRequest<unknown>;
  delete(key: string): IdbRequest<unknown>;
}

interface IdbDatabase {
  createObjectStore(name: string): IdbObjectStore;
  transaction(name: string, mode: string, options: { readonly durability: string }): IdbTransaction;
  close(): void;
}

interface IdbOpenRequest extends IdbRequest<IdbDatabase> {
  onupgradeneeded: (() => void) | null;
}

/** The door to all databases of an origin. */
export interface IdbFactory {
  open(name: string, version: number): IdbOpenRequest;
}

const table = 'sessions';

/**
 * Runs `body` in one transaction and resolves when it is durable. Opens and closes the database each time: an open one stands in the way of
 * deleting the site's data.
 */
export async function transact(
  factory: IdbFactory,
  mode: 'readonly' | 'readwrite',
  body: (store: IdbObjectStore) => void,
): Promise<void> {
  const opening = factory.open('pawl-client', 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(table);
  await new Promise<void>((resolve, reject) => {
    opening.onsuccess = () => resolve();
    opening.onerror = () => reject(failure(opening.error));
  });
  const database = opening.result;
  try {
    const transaction = database.transaction(table, mode, { durability: 'strict' });
    body(transaction.objectStore(table));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(failure(transaction.error));
    });
  } finally {
    database.close();
  }
}

function failure(error: Error | null): Error {
  return error ?? new Error('IndexedDB gave up a transaction');
}
