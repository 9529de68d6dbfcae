import { PawlError } from '../../errors.js';

/**
 * The one error of a call that has no answer. Of the cause only the kind is kept: the clients hang the whole command on
 * their errors, and some servers repeat its arguments.
 */
export function unavailable(what: string, cause?: unknown): PawlError {
  const message = `the Redis store ${what}`;
  return cause === undefined
    ? new PawlError('store_unavailable', message)
    : new PawlError('store_unavailable', `${message}: ${kindOf(cause)}`);
}

/** `LOADING`, `READONLY`, `CLUSTERDOWN` … of an answer, `ECONNREFUSED` … of a connection, otherwise the error's name. */
function kindOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return /^[A-Z]{2,}\b/.exec(cause.message)?.[0] ?? cause.name;
}

/** Where a cluster says that the key is: `MOVED` for good, `ASK` for this command. */
export function redirectionOf(error: unknown): { readonly address: string; readonly isAsk: boolean } | null {
  if (!(error instanceof Error)) return null;
  const found = /^(?<kind>MOVED|ASK) \d+ (?<address>\S+)$/.exec(error.message)?.groups;
  return found === undefined ? null : { address: found['address'] ?? '', isAsk: found['kind'] === 'ASK' };
}
