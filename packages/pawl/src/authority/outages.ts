import type { EpochSeconds } from '../base/clock.js';

/** An outage ends with the next answer, and this long after its last failure when nobody asked again. */
export const outageSilenceSeconds = 60;

/** Sessions whose failures are remembered one by one; beyond this many only the outage of the whole store counts. */
const maxSessions = 10_000;

/** Time without answers. Outages that lie less than a window apart are one, so that none is forgotten too early. */
interface Outage {
  /** Of the parts that have ended. */
  readonly endedSeconds: number;
  /** When the part that goes on began, or null. */
  readonly openSince: EpochSeconds | null;
  readonly lastFailureAt: EpochSeconds;
  /** When the last part ended. */
  readonly endedAt: EpochSeconds;
}

/**
 * What this node knows of the time in which the store did not answer. That time does not count toward the window.
 *
 * A call that failed may have been carried out, also later: a store that was frozen carries out what waited for it. The client got no
 * token then and presents the one it has until the store answers again. Without this, a retry after an outage longer than the
 * window would look like a thief. Seen by a clock that stands still during outages, nothing of the rotation rule changes.
 */
export class Outages {
  #whole: Outage | null = null;
  readonly #sessions = new Map<string, Outage>();

  /**
   * The window for a token of this session: as configured, plus the time without answers that it has to span. No window stays
   * none: a policy without one takes no second use for a retry.
   */
  windowSeconds(sessionId: string, policySeconds: number, now: EpochSeconds): number {
    if (policySeconds === 0 || (this.#whole === null && this.#sessions.size === 0)) return policySeconds;
    const outages = [this.#whole, this.#sessions.get(sessionId)];
    return policySeconds + Math.max(...outages.map((outage) => spannedSeconds(outage, policySeconds, now)));
  }

  /** The store did not answer a call that began at `startedAt`; `sessionId` is null when it was about no session. */
  failed(sessionId: string | null, startedAt: EpochSeconds, policySeconds: number): void {
    this.#whole = afterFailure(this.#whole, startedAt, policySeconds);
    if (sessionId === null) return;
    const outage = afterFailure(this.#sessions.get(sessionId) ?? null, startedAt, policySeconds);
    // Put at the end, so that the first one is the one that failed longest ago.
    this.#sessions.delete(sessionId);
    this.#sessions.set(sessionId, outage);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > maxSessions && oldest !== undefined) this.#sessions.delete(oldest);
  }

  /** The store answered; `sessionId` as in `failed`. */
  answered(sessionId: string | null, now: EpochSeconds, policySeconds: number): void {
    if (this.#whole !== null) this.#whole = afterAnswer(this.#whole, now, policySeconds);
    const outage = sessionId === null ? undefined : this.#sessions.get(sessionId);
    if (sessionId === null || outage === undefined) return;
    const ended = afterAnswer(outage, now, policySeconds);
    if (ended === null) this.#sessions.delete(sessionId);
    else this.#sessions.set(sessionId, ended);
  }
}

/** The part of a window's past that the outage takes up; 0 when a whole window has passed since its end. */
function spannedSeconds(outage: Outage | null | undefined, policySeconds: number, now: EpochSeconds): number {
  if (outage === null || outage === undefined) return 0;
  const { endedSeconds, endedAt } = endAt(outage, now);
  return now - endedAt >= policySeconds ? 0 : endedSeconds;
}

function afterFailure(outage: Outage | null, startedAt: EpochSeconds, policySeconds: number): Outage {
  const fresh = { endedSeconds: 0, openSince: startedAt, lastFailureAt: startedAt, endedAt: startedAt };
  if (outage === null) return fresh;
  const { openSince, endedSeconds, endedAt } = isSilent(outage, startedAt)
    ? endAt(outage, startedAt)
    : outage;
  if (openSince !== null) return { ...outage, lastFailureAt: startedAt };
  if (startedAt - endedAt >= policySeconds) return fresh;
  return { endedSeconds, openSince: Math.max(startedAt, endedAt), lastFailureAt: startedAt, endedAt };
}

function afterAnswer(outage: Outage, now: EpochSeconds, policySeconds: number): Outage | null {
  const ended = endAt(outage, now);
  return now - ended.endedAt >= policySeconds ? null : ended;
}

function isSilent(outage: Outage, now: EpochSeconds): boolean {
  return now - outage.lastFailureAt >= outageSilenceSeconds;
}

/** The outage as it would be if it ended now, or when it fell silent. A clock that was set back adds nothing. */
function endAt(outage: Outage, now: EpochSeconds): Outage {
  if (outage.openSince === null) return outage;
  const endedAt = Math.max(outage.openSince, Math.min(now, outage.lastFailureAt + outageSilenceSeconds));
  const endedSeconds = outage.endedSeconds + (endedAt - outage.openSince);
  return { ...outage, endedSeconds, openSince: null, endedAt };
}
