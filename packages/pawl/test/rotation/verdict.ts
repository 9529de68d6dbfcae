import type { Outcome } from '../../src/rotation/decide.js';
import type { Token } from './token.js';

/**
 * What becomes of a request.
 *
 * - `answered`: the store answers all its calls
 * - `lost`: the store does not answer, and does nothing
 * - `unheard`: the store carries the write out at once, and its answer is lost
 * - `late`: the store may carry it out at any later time
 *
 * The two `cut` ones: the store answers the first call, and stops before it has answered the second, which writes what the rule decided.
 */
export type Fate = 'answered' | 'lost' | 'unheard' | 'late' | 'cut-unheard' | 'cut-late';

/** A token on its way to the server. */
export interface Request {
  readonly by: 'client' | 'thief';
  readonly token: Token;
  /** The index of the node that serves it. */
  readonly node: number;
}

/** What the server made of one request. */
export interface Verdict {
  readonly by: Request['by'];
  readonly node: number;
  readonly presented: Token;
  readonly fate: Fate;
  readonly outcome: Outcome | 'unanswered';
  readonly granted: boolean;
  readonly stretched: boolean;
  /** The refresh token that the caller's jar receives, if any. */
  readonly given: Token | null;
}
