import { isPawlError } from 'pawl';
import { explainKind } from '../store/failure-kind.js';
import type { Logger } from './logger.js';

/** A failure that goes on is logged again after this. */
const repeatSeconds = 60;

/** Other failures are logged so often at once: they are faults of this program, and several may be needed to understand one. */
const unforeseenLines = 10;

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
 * minute with their number. Others with the error: ten a minute from one place of the
 * program, because a caller may bring them about at will.
 *
 * @param monotonicSeconds - a clock that only runs forward
 */
export function createFailureLog(
  logger: Pick<Logger, 'error' | 'warn'>,
  monotonicSeconds: () => number = () => performance.now() / 1000,
): FailureLog {
  const seen = new Map<string, { readonly loggedAt: number; lines: number; count: number }>();

  /** The line to log now, of at most `lines` of one kind in a minute; null when it has to wait. */
  function lineOf(text: string, kind = text, lines = 1): string | null {
    const now = monotonicSeconds();
    const earlier = seen.get(kind);
    if (earlier !== undefined && now - earlier.loggedAt < repeatSeconds) {
      if (earlier.lines < lines) {
        earlier.lines += 1;
        return text;
      }
      earlier.count += 1;
      return null;
    }
    if (seen.size >= maxTexts) seen.clear();
    seen.set(kind, { loggedAt: now, lines: 1, count: 0 });
    return earlier === undefined || earlier.count === 0
      ? text
      : `${text} (${earlier.count} times more since the last such line)`;
  }

  return {
    failed(what, error) {
      if (!isPawlError(error, 'store_unavailable')) {
        const line = lineOf(what, `${what} ${placeOf(error)}`, unforeseenLines);
        if (line !== null) logger.error({ err: error }, line);
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

/** Where in the program it was thrown; its message may hold what a caller sent, and differ each time. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frame = error.stack?.split('\n').find((line) => /^\s+at /.test(line));
  return `${error.name}${frame ?? ''}`;
}
