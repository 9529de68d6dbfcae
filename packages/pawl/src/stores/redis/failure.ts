import { PawlError } from '../../errors.js';
import { unreadableRecord } from '../binding-text.js';

/** What a script answers when it meets a record of another version. */
export const unreadable = 'UNREADABLE record';

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

/** Of a call that was never sent, because others of this process came first. */
export function unsent(what: string): PawlError {
  return new PawlError('store_unavailable', `the Redis store ${what}`, { unsent: true });
}

/** The error of a command that failed. */
export function failureOf(error: unknown): PawlError {
  if (error instanceof PawlError) return error;
  if (error instanceof Error && error.message.startsWith(unreadable)) return unreadableRecord();
  return unavailable('did not carry out a command', error);
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
