import type { EpochSeconds } from '../base/clock.js';
import type { Revocations } from '../revocations/index.js';
import { endOf, type Session } from '../rotation/session.js';
import type { AccessClaims } from '../access/claims.js';
import type { EventBus } from './events.js';

/** A node that has heard nothing of the feed for this long asks the store for each session, as if it had no cache. */
const feedStaleSeconds = 5;

/** Sessions that are held at most; see docs/sessions.md for what they take. Beyond it the one that was read first goes. */
const defaultMaxSessions = 50_000;

/** A session as it was read, and what it says. */
export interface CachedSession {
  readonly session: Session;
  readonly claims: AccessClaims;
  /** When the store was asked, so that everything that ended the session later is in the feed. */
  readonly readAt: EpochSeconds;
}

/** What the cache works with. */
export interface SessionCacheOptions {
  /** Begins to follow the feed when it is called first. */
  readonly revocations: () => Revocations;
  /** How long a session may be answered from memory; the feed has to be remembered for longer. */
  readonly maxAgeSeconds: number;
  readonly maxSessions?: number;
}

/** A point in time of this node, from before the store was asked. */
export type Ticket = number;

/**
 * Sessions that were looked up a moment ago, by their tokens. What the feed or this node itself has ended since is not answered from here,
 * and nothing while the feed is cut.
 */
export class SessionCache {
  readonly #revocations: () => Revocations;
  readonly #maxAgeSeconds: number;
  readonly #maxSessions: number;
  /** In the order in which they were read. */
  readonly #byToken = new Map<string, CachedSession>();
  readonly #tokensOf = new Map<string, Set<string>>();
  #ends = 0;

  constructor({ revocations, maxAgeSeconds, maxSessions = defaultMaxSessions }: SessionCacheOptions) {
    this.#revocations = revocations;
    this.#maxAgeSeconds = maxAgeSeconds;
    this.#maxSessions = maxSessions;
  }

  /** Sessions held. */
  get size(): number {
    return this.#byToken.size;
  }

  /** Hears of ends and bindings on this node when they happen: the feed tells of them a moment later. */
  listen(events: EventBus): void {
    events.subscribe((event) => {
      // A session that was bound to a key says something else from now on.
      if (event.type === 'session.revoked' || event.type === 'session.bound') {
        this.#end(event.subject, event.sessionId);
      }
      if (event.type === 'subject.revoked') this.#end(event.subject, null);
    });
  }

  /** To be taken before the store is asked. */
  ticket(): Ticket {
    return this.#ends;
  }

  /** The session of a token whose MAC and secret were found right; null when the store has to be asked. */
  find(token: string, now: EpochSeconds): CachedSession | null {
    const cached = this.#byToken.get(token);
    if (cached === undefined) return null;
    if (this.#isOver(cached, now)) {
      this.#drop(token, cached);
      return null;
    }
    return this.#revocations().stalenessSeconds(now) > feedStaleSeconds ? null : cached;
  }

  /** Keeps a session, unless something ended on this node since the ticket was taken: it may have been this one. */
  put(ticket: Ticket, token: string, cached: CachedSession): void {
    if (ticket !== this.#ends) return;
    this.#revocations();
    const known = this.#byToken.get(token);
    if (known !== undefined) this.#drop(token, known);
    this.#byToken.set(token, cached);
    const { subject } = cached.session;
    const tokens = this.#tokensOf.get(subject);
    if (tokens === undefined) this.#tokensOf.set(subject, new Set([token]));
    else tokens.add(token);
    const [oldest] = this.#byToken;
    if (this.#byToken.size > this.#maxSessions && oldest !== undefined) this.#drop(...oldest);
  }

  /** A clock that was set back makes everything too old, not too young. */
  #isOver({ session, claims, readAt }: CachedSession, now: EpochSeconds): boolean {
    const ageSeconds = now - readAt;
    return (
      ageSeconds < 0 ||
      ageSeconds >= this.#maxAgeSeconds ||
      endOf(session, now) !== null ||
      this.#revocations().isRevoked(claims)
    );
  }

  #end(subject: string, sessionId: string | null): void {
    this.#ends += 1;
    for (const token of [...(this.#tokensOf.get(subject) ?? [])]) {
      const cached = this.#byToken.get(token);
      if (cached !== undefined && (sessionId === null || cached.session.id === sessionId)) {
        this.#drop(token, cached);
      }
    }
  }

  #drop(token: string, { session }: CachedSession): void {
    this.#byToken.delete(token);
    const tokens = this.#tokensOf.get(session.subject);
    tokens?.delete(token);
    if (tokens?.size === 0) this.#tokensOf.delete(session.subject);
  }
}
