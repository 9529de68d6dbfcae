import { isPawlError, PawlError } from 'pawl';
import { type StoreLocation, storeText } from '../config/store-location.js';
import { explainKind, failureKind } from './failure-kind.js';

/** The failures of a client's connections. While a store is being opened the last one explains why it cannot be. */
export interface Trouble {
  readonly report: (error: unknown) => void;
  /** What went wrong last. */
  lastKind(): string | null;
  /** From now on each failure is told. */
  tell(): void;
}

export function createTrouble(onTrouble: (kind: string) => void): Trouble {
  let isTelling = false;
  let last: string | null = null;
  return {
    report(error) {
      last = failureKind(error);
      if (isTelling) onTrouble(last);
    },
    lastKind: () => last,
    tell() {
      isTelling = true;
    },
  };
}

/** The error with the place of the store and what an operator can do; without credentials. */
export function explained(error: unknown, location: StoreLocation, trouble: Trouble): unknown {
  if (!isPawlError(error)) return error;
  const place = storeText(location);
  if (error.code === 'store_unavailable') {
    const kind = trouble.lastKind() ?? /[: ](?<kind>[A-Z0-9_]{3,60})$/.exec(error.message)?.groups?.['kind'];
    const why = kind === undefined ? error.message : explainKind(kind);
    return new PawlError('store_unavailable', `Cannot open the store ${place}: ${why}.`);
  }
  if (error.code === 'store_incompatible' && error.message.includes('run the migrations')) {
    return new PawlError('store_incompatible', `${error.message}, by "pawl-server migrate" on ${place}.`);
  }
  return error;
}
