import { isPawlError } from 'pawl';
import { explainKind } from '../store/failure-kind.js';
import type { Logger } from './logger.js';

/** A failure that goes on is logged again after this. */
const repeatSeconds = 60;

/** Texts of failures are few; this only bounds the memory if they ever are not. */
const maxTexts = 100;

export interface FailureLog {
  /** Something could not be done. */
  failed(what: string, error: unknown): void;
  /** A connection to the store failed, of which only the kind is known. */
  disconnected(kind: string): void;
}

/**
 * Logs failures. Those of the store, which come with every request while it is down: the first of a kind at once, then one line a
 * minute with their number.
 *
 * @param monotonicSeconds - a clock that only runs forward
 */
export function createFailureLog(
  logger: Pick<Logger, 'error' | 'warn'>,
  monotonicSeconds: () => number = () => performance.now() / 1000,
): FailureLog {
  const seen = new Map<string, { readonly loggedAt: number; count: number }>();

  /** The line to log now; null when it has to wait. */
  function lineOf(text: string): string | null {
    const now = monotonicSeconds();
    const earlier = seen.get(text);
    if (earlier !== undefined && now - earlier.loggedAt < repeatSeconds) {
      earlier.count += 1;
      return null;
    }
    if (seen.size >= maxTexts) seen.clear();
    seen.set(text, { loggedAt: now, count: 0 });
    return earlier === undefined || earlier.count === 0
      ? text
      : `${text} (${earlier.count} times more since the last such line)`;
  }

  return {
    failed(what, error) {
      if (!isPawlError(error, 'store_unavailable')) {
        logger.error({ err: error }, what);
        return;
      }
      const line = lineOf(`${what}: ${error.message}`);
      if (line !== null) logger.error(line);
    },
    disconnected(kind) {
      const line = lineOf(`a connection to the store failed: ${explainKind(kind)}`);
      if (line !== null) logger.warn(line);
    },
  };
}
