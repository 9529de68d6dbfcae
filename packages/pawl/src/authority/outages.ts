import type { EpochSeconds } from '../base/clock.js';
import { isPawlError } from '../errors.js';
import {
  afterAnswer,
  afterFailure,
  type KnownOutages,
  merged,
  noOutages,
  type Outages,
  withinLast,
} from '../rotation/outage.js';

/** Sessions whose unanswered calls are remembered one by one; beyond this many only an outage of the whole store is known. */
const maxSessions = 10_000;

/**
 * What this node knows of times in which the store did not answer: of the whole store by the poll of the key ring, which nobody but the node itself
 * can make fail, and of single sessions by their own calls. `windowOf` of `pawl/rotation` says what it does to a window.
 *
 * A call that failed may have been carried out, also later: a store that was frozen carries out what waited for it. The client got no
 * token then and presents the one it has until the store answers again.
 */
export class KnownOutagesOfNode {
  /** No window is longer, so what lies further back says nothing. */
  readonly #maxSeconds: number;
  #ofStore: Outages = noOutages;
  readonly #ofSessions = new Map<string, Outages>();

  constructor(maxSeconds: number) {
    this.#maxSeconds = maxSeconds;
  }

  /** What the rule is given for a session. */
  of(sessionId: string, now: EpochSeconds): KnownOutages {
    const ofSession = this.#ofSessions.get(sessionId) ?? noOutages;
    const known = withinLast(this.#maxSeconds, merged(this.#ofStore, ofSession), now);
    return { known, maxSeconds: this.#maxSeconds };
  }

  /** Whether an outage is known that may stretch a window of the session. */
  isKnown(sessionId: string, now: EpochSeconds): boolean {
    if (this.#ofStore.length === 0 && this.#ofSessions.size === 0) return false;
    return this.of(sessionId, now).known.length > 0;
  }

  /** A call about the session, sent at `sentAt`, was rejected with `error`. */
  sessionFailed(sessionId: string, sentAt: EpochSeconds, error: unknown): void {
    if (!isUnanswered(error)) return;
    const known = afterFailure(this.#ofSessions.get(sessionId) ?? noOutages, sentAt);
    // Put at the end, so that the first one is the one that failed longest ago.
    this.#ofSessions.delete(sessionId);
    this.#ofSessions.set(sessionId, known);
    const [oldest] = this.#ofSessions.keys();
    if (this.#ofSessions.size > maxSessions && oldest !== undefined) this.#ofSessions.delete(oldest);
  }

  /** The store answered a call about the session. */
  sessionAnswered(sessionId: string, now: EpochSeconds): void {
    if (this.#ofSessions.size === 0) return;
    const known = this.#ofSessions.get(sessionId);
    if (known === undefined) return;
    const left = withinLast(this.#maxSeconds, afterAnswer(known, now), now);
    if (left.length === 0) this.#ofSessions.delete(sessionId);
    else this.#ofSessions.set(sessionId, left);
  }

  /** The poll of the key ring, sent at `sentAt`, was rejected with `error`. */
  pollFailed(sentAt: EpochSeconds, error: unknown): void {
    if (isUnanswered(error)) this.#ofStore = afterFailure(this.#ofStore, sentAt);
  }

  /** The poll of the key ring was answered. */
  pollAnswered(now: EpochSeconds): void {
    this.#ofStore = withinLast(this.#maxSeconds, afterAnswer(this.#ofStore, now), now);
    for (const [sessionId, known] of this.#ofSessions) {
      // Those that follow failed later.
      if (withinLast(this.#maxSeconds, known, now).length > 0) break;
      this.#ofSessions.delete(sessionId);
    }
  }
}

/** A call that waited for others of this process and was never sent says nothing of the store: a caller could bring that about. */
function isUnanswered(error: unknown): boolean {
  return isPawlError(error, 'store_unavailable') && !error.unsent;
}
