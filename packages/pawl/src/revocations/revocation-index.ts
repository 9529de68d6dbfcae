import type { EpochSeconds } from '../base/clock.js';
import { PawlError } from '../errors.js';
import type { Revocation } from '../stores/revocations.js';
import type { RevocableToken } from './revocations.js';

/** Revocations that are held at most: 70 to 160 MB (docs/performance.md), and 3,000 a second for a lifetime of five minutes. */
const defaultMaxRevocations = 1_000_000;

/** How large the index may become. */
export interface RevocationIndexOptions {
  /** Default 1,000,000. At the bound the oldest is dropped, and the index says until when it may miss something. */
  readonly maxEntries?: number;
}

interface EpochBelow {
  readonly epoch: number;
  readonly until: EpochSeconds;
}

/** Revocations in memory. */
export interface RevocationIndex {
  /** Entries held. */
  readonly size: number;
  /** Until when the index may miss a revocation that it had no room for; 0 when there is none. */
  readonly incompleteUntil: EpochSeconds;
  /** Adds a revocation that is forgotten at `until`, a key never. Adding it again only moves that instant. */
  add(revocation: Revocation, until: EpochSeconds): void;
  isRevoked(token: RevocableToken): boolean;
  /** Forgets what is over. Meant to be called often: it looks at what it forgets and at one entry more. */
  expire(now: EpochSeconds): void;
  /** Everything held: one entry for each session, subject and key. */
  entries(): Iterable<Revocation>;
}

/**
 * Creates an empty index.
 *
 * @throws PawlError `option_invalid` when `maxEntries` is no whole number from 1
 */
export function createRevocationIndex(options: RevocationIndexOptions = {}): RevocationIndex {
  const { maxEntries = defaultMaxRevocations } = options;
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    throw new PawlError(
      'option_invalid',
      `option "maxEntries" is ${String(maxEntries)}; it must be a whole number from 1`,
    );
  }
  return new Index(maxEntries);
}

/** Each map is in the order in which its entries end, because the latest addition is put last. */
class Index implements RevocationIndex {
  readonly #maxEntries: number;
  readonly #sessions = new Map<string, EpochSeconds>();
  readonly #subjects = new Map<string, EpochBelow>();
  /** Never forgotten: they are few, and whoever has a leaked key signs tokens of any time with it. */
  readonly #keys = new Set<string>();
  #incompleteUntil: EpochSeconds = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#sessions.size + this.#subjects.size + this.#keys.size;
  }

  get incompleteUntil(): EpochSeconds {
    return this.#incompleteUntil;
  }

  add(revocation: Revocation, until: EpochSeconds): void {
    switch (revocation.kind) {
      case 'session':
        putLast(this.#sessions, revocation.sessionId, until);
        break;
      case 'subject': {
        const { subject, epoch } = revocation;
        // A snapshot may repeat an older epoch after a newer one.
        const known = this.#subjects.get(subject)?.epoch ?? 0;
        putLast(this.#subjects, subject, { epoch: Math.max(known, epoch), until });
        break;
      }
      case 'key':
        this.#keys.add(revocation.kid);
    }
    if (this.size > this.#maxEntries) this.#dropOldest();
  }

  isRevoked({ sid, sub, epoch = 0, kid }: RevocableToken): boolean {
    if (this.#sessions.has(sid)) return true;
    const least = this.#subjects.get(sub);
    if (least !== undefined && epoch < least.epoch) return true;
    return kid !== undefined && this.#keys.has(kid);
  }

  expire(now: EpochSeconds): void {
    for (const [sessionId, until] of this.#sessions) {
      if (until > now) break;
      this.#sessions.delete(sessionId);
    }
    for (const [subject, { until }] of this.#subjects) {
      if (until > now) break;
      this.#subjects.delete(subject);
    }
  }

  *entries(): Iterable<Revocation> {
    for (const kid of this.#keys) yield { kind: 'key', kid };
    for (const [subject, { epoch }] of this.#subjects) yield { kind: 'subject', subject, epoch };
    for (const sessionId of this.#sessions.keys()) yield { kind: 'session', sessionId };
  }

  #dropOldest(): void {
    const [session] = this.#sessions;
    const [subject] = this.#subjects;
    const sessionUntil = session?.[1] ?? Number.POSITIVE_INFINITY;
    const subjectUntil = subject?.[1].until ?? Number.POSITIVE_INFINITY;
    if (session !== undefined && sessionUntil <= subjectUntil) {
      this.#sessions.delete(session[0]);
      this.#incompleteUntil = Math.max(this.#incompleteUntil, sessionUntil);
    } else if (subject !== undefined) {
      this.#subjects.delete(subject[0]);
      this.#incompleteUntil = Math.max(this.#incompleteUntil, subjectUntil);
    }
  }
}

function putLast<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
}
