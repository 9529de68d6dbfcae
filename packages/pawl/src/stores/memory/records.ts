import type { EpochSeconds } from '../../base/clock.js';
import { endOf, idleExpiresAt, type Session } from '../../rotation/session.js';
import type { StoredData } from '../data-store.js';
import type { RevocationEntry } from '../revocations.js';
import {
  endedChildSeconds,
  endsWith,
  maxEnded,
  maxOwed,
  owedSeconds,
  owesLogout,
} from '../session-family.js';
import { compareAge, endedRetentionSeconds } from '../session-store.js';
import { ClientCounters } from './client-counters.js';

/** A session as it is kept; the subject's epoch is added when it is read. */
export type SessionRecord = Omit<Session, 'subjectEpoch'>;

interface SubjectEpoch {
  readonly epoch: number;
  readonly changedAt: EpochSeconds;
}

/** Why a record that ended is still here. */
interface Kept {
  readonly id: string;
  /** Until then something may ask for it. */
  readonly until: EpochSeconds;
  /** Until then its client can be told; null when there is nothing to tell. */
  readonly owedUntil: EpochSeconds | null;
}

/** The kept sessions and the epochs of their subjects. */
export class Records {
  readonly clientCounters = new ClientCounters();
  readonly #sessions = new Map<string, SessionRecord>();
  /** The ids of each subject's sessions that were not put among those that ended; no subject has none. */
  readonly #liveOf = new Map<string, Set<string>>();
  /** The others; no subject has none. */
  readonly #endedOf = new Map<string, Map<string, Kept>>();
  readonly #subjects = new Map<string, SubjectEpoch>();
  readonly #data = new Map<string, StoredData>();
  readonly #publish: (entry: RevocationEntry) => void;

  /** @param publish - is told of each end in the step that makes it */
  constructor(publish: (entry: RevocationEntry) => void) {
    this.#publish = publish;
  }

  epochOf(subject: string): number {
    return this.#subjects.get(subject)?.epoch ?? 0;
  }

  find(id: string): Session | null {
    const record = this.#sessions.get(id);
    return record === undefined ? null : { ...record, subjectEpoch: this.epochOf(record.subject) };
  }

  /** The subject's sessions that are alive, oldest first. */
  alive(subject: string, now: EpochSeconds): Session[] {
    return this.#live(subject)
      .filter((session) => endOf(session, now) === null)
      .sort(compareAge);
  }

  add(session: Session): void {
    const ids = this.#liveOf.get(session.subject) ?? new Set();
    this.#liveOf.set(session.subject, ids.add(session.id));
    this.#sessions.set(session.id, session);
  }

  change(session: Session, changes: Partial<SessionRecord>): Session {
    const { subjectEpoch, ...before } = session;
    const record = { ...before, ...changes };
    this.#sessions.set(record.id, record);
    return { ...record, subjectEpoch };
  }

  dataOf(id: string): StoredData {
    return this.#data.get(id) ?? { version: 0, value: null };
  }

  setData(id: string, data: StoredData): void {
    this.#data.set(id, data);
  }

  /** Ends sessions and the children that end with them. Resolves to all their ids, each once. */
  end(sessions: readonly Session[], now: EpochSeconds): string[] {
    const ended = new Set<string>();
    for (const session of sessions) {
      const children = this.#live(session.subject).filter((other) => endsWith(other, session.id, now));
      for (const one of [session, ...children]) {
        if (ended.has(one.id)) continue;
        ended.add(one.id);
        this.#publish({ kind: 'session', sessionId: one.id, at: now });
        this.#putAmongEnded(this.change(one, { revokedAt: now }), now);
      }
      this.#prune(session.subject, now);
    }
    return [...ended];
  }

  incrementEpoch(subject: string, now: EpochSeconds): number {
    const epoch = this.epochOf(subject) + 1;
    this.#subjects.set(subject, { epoch, changedAt: now });
    this.#publish({ kind: 'subject', subject, epoch, at: now });
    return epoch;
  }

  /** Puts the subject's sessions that expired, or that its epoch has left behind, among those that ended. */
  putAway(subject: string, now: EpochSeconds): void {
    for (const session of this.#live(subject)) {
      const isOver = endOf(session, now) !== null && !this.#hasLivingChild(session, now);
      if (isOver) this.#putAmongEnded(session, this.#endedAt(session));
    }
    this.#prune(subject, now);
  }

  /** How many of the subject's children ended so short a time ago that their codes may come again. */
  countEndedChildren(subject: string, now: EpochSeconds): number {
    return this.#ended(subject).filter(({ until }) => until > now).length;
  }

  logoutsOwed(subject: string, now: EpochSeconds): Session[] {
    const told = this.#ended(subject).filter(({ owedUntil }) => owedUntil !== null && owedUntil > now);
    const epoch = this.#subjects.get(subject);
    const leftBehind = this.#live(subject).filter(
      (session) =>
        epoch !== undefined &&
        session.epoch < epoch.epoch &&
        now < epoch.changedAt + owedSeconds &&
        owesLogout(session, epoch.changedAt),
    );
    return [...told.flatMap(({ id }) => this.find(id) ?? []), ...leftBehind].slice(0, maxOwed);
  }

  clearLogoutOwed(session: Session): void {
    this.change(session, { logoutOwed: false });
    const ended = this.#endedOf.get(session.subject);
    const kept = ended?.get(session.id);
    if (kept !== undefined) ended?.set(session.id, { ...kept, owedUntil: null });
  }

  sweep(now: EpochSeconds, limit: number): number {
    const cutoff = now - endedRetentionSeconds;
    const swept = [...this.#sessions.values()]
      .filter((record) => this.#endedAt(record) <= cutoff && !this.#hasLivingChild(record, now))
      .slice(0, limit);
    for (const record of swept) this.#delete(record);
    // An epoch says only which of its subject's records are dead, so it may go when there are none left. It stays as
    // long as an ended record would, for whoever still holds an answer with the old number in it.
    for (const [subject, { changedAt }] of this.#subjects) {
      const isNeeded = this.#liveOf.has(subject) || this.#endedOf.has(subject);
      if (changedAt <= cutoff && !isNeeded) this.#subjects.delete(subject);
    }
    this.clientCounters.sweep(cutoff);
    return swept.length;
  }

  #live(subject: string): Session[] {
    return [...(this.#liveOf.get(subject) ?? [])].flatMap((id) => this.find(id) ?? []);
  }

  #ended(subject: string): Kept[] {
    return [...(this.#endedOf.get(subject)?.values() ?? [])];
  }

  #hasLivingChild({ id, subject }: SessionRecord, now: EpochSeconds): boolean {
    return this.#live(subject).some((other) => endsWith(other, id, now));
  }

  #putAmongEnded(session: Session, endedAt: EpochSeconds): void {
    const { id, subject } = session;
    const until = session.parentId === null ? endedAt : endedAt + endedChildSeconds;
    const owedUntil = owesLogout(session, endedAt) ? endedAt + owedSeconds : null;
    removeFrom(this.#liveOf, subject, id);
    const ended = this.#endedOf.get(subject) ?? new Map<string, Kept>();
    this.#endedOf.set(subject, ended.set(id, { id, until, owedUntil }));
  }

  /** Gives up what there is too much of: the logouts that are owed, then the records. */
  #prune(subject: string, now: EpochSeconds): void {
    const owed = this.#ended(subject).filter(({ owedUntil }) => owedUntil !== null);
    owed.sort((left, right) => (right.owedUntil ?? 0) - (left.owedUntil ?? 0));
    for (const [index, kept] of owed.entries()) {
      const isOver = index >= maxOwed || (kept.owedUntil ?? 0) <= now;
      if (isOver) this.#endedOf.get(subject)?.set(kept.id, { ...kept, owedUntil: null });
    }
    const spare = this.#ended(subject).filter(({ until, owedUntil }) => owedUntil === null && until <= now);
    spare.sort((left, right) => right.until - left.until || (left.id > right.id ? -1 : 1));
    for (const { id } of spare.slice(maxEnded)) this.#delete({ id, subject });
  }

  #delete({ id, subject }: Pick<SessionRecord, 'id' | 'subject'>): void {
    this.#sessions.delete(id);
    this.#data.delete(id);
    removeFrom(this.#liveOf, subject, id);
    removeFrom(this.#endedOf, subject, id);
  }

  /** The instant of the earliest end; for an epoch that moved twice the later move, which only keeps records longer. */
  #endedAt(record: SessionRecord): EpochSeconds {
    const subject = this.#subjects.get(record.subject);
    const isBehind = subject !== undefined && record.epoch < subject.epoch;
    return Math.min(
      record.expiresAt,
      idleExpiresAt(record),
      record.revokedAt ?? Number.POSITIVE_INFINITY,
      isBehind ? subject.changedAt : Number.POSITIVE_INFINITY,
    );
  }
}

function removeFrom(
  ofSubjects: Map<string, Set<string>> | Map<string, Map<string, Kept>>,
  subject: string,
  id: string,
): void {
  const ids = ofSubjects.get(subject);
  ids?.delete(id);
  if (ids?.size === 0) ofSubjects.delete(subject);
}
