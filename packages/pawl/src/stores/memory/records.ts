import type { EpochSeconds } from '../../base/clock.js';
import type { Binding } from '../../rotation/binding.js';
import { type RotationState, rotationOf, type Session } from '../../rotation/session.js';
import type { StoredData } from '../data-store.js';
import type { RevocationEntry } from '../revocations.js';
import { earliestEnd, endsWith, maxEnded, maxOwed } from '../session-family.js';
import type { Kept, SessionRecords, SubjectEpoch } from '../session-records.js';
import { endedRetentionSeconds, type Reauthentication } from '../session-store.js';

/** A session as it is kept; the subject's epoch is added when it is read. */
type SessionRecord = Omit<Session, 'subjectEpoch'>;

interface ClientCounter {
  readonly counter: number;
  readonly changedAt: EpochSeconds;
}

/** The kept sessions, the epochs of their subjects and the counters of clients. */
export class Records implements SessionRecords {
  readonly #sessions = new Map<string, SessionRecord>();
  /** The ids of each subject's sessions that were not put away; no subject has none. */
  readonly #liveOf = new Map<string, Set<string>>();
  /** Of those that were; no subject has none. */
  readonly #endedOf = new Map<string, Map<string, Kept>>();
  readonly #epochs = new Map<string, SubjectEpoch>();
  readonly #clientCounters = new Map<string, ClientCounter>();
  readonly #data = new Map<string, StoredData>();
  readonly #publish: (entry: RevocationEntry) => void;

  /** @param publish - is told of each end in the step that makes it */
  constructor(publish: (entry: RevocationEntry) => void) {
    this.#publish = publish;
  }

  find(id: string): Session | null {
    const record = this.#sessions.get(id);
    return record === undefined
      ? null
      : { ...record, subjectEpoch: this.epochOf(record.subject)?.epoch ?? 0 };
  }

  live(subject: string): readonly Session[] {
    return [...(this.#liveOf.get(subject) ?? [])].flatMap((id) => this.find(id) ?? []);
  }

  add(session: Session): void {
    const ids = this.#liveOf.get(session.subject) ?? new Set();
    this.#liveOf.set(session.subject, ids.add(session.id));
    this.#sessions.set(session.id, session);
  }

  advance(id: string, to: RotationState): void {
    this.#change(id, rotationOf(to));
  }

  bind(id: string, binding: Binding, to: RotationState): void {
    this.#change(id, { ...rotationOf(to), binding });
  }

  reauthenticate(id: string, to: RotationState & Pick<Session, 'floor'>, by: Reauthentication): void {
    const { authTime, acr, amr } = by;
    this.#change(id, { ...rotationOf(to), floor: to.floor, authTime, acr, amr: [...amr] });
  }

  use(id: string, now: EpochSeconds): void {
    this.#change(id, { seen: true, usedAt: now });
  }

  end(id: string, now: EpochSeconds): void {
    this.#publish({ kind: 'session', sessionId: id, at: now });
    this.#change(id, { revokedAt: now });
  }

  putAway(id: string, kept: Kept): void {
    const subject = this.#sessions.get(id)?.subject ?? '';
    removeFrom(this.#liveOf, subject, id);
    const ended = this.#endedOf.get(subject) ?? new Map<string, Kept>();
    this.#endedOf.set(subject, ended.set(id, kept));
  }

  prune(subject: string, now: EpochSeconds): void {
    const ended = this.#endedOf.get(subject) ?? new Map<string, Kept>();
    const owed = [...ended].filter(([, { owedUntil }]) => owedUntil !== null);
    owed.sort(([, left], [, right]) => (right.owedUntil ?? 0) - (left.owedUntil ?? 0));
    for (const [index, [id, { until, owedUntil }]] of owed.entries()) {
      const isOver = index >= maxOwed || (owedUntil ?? 0) <= now;
      if (isOver) ended.set(id, { until, owedUntil: null });
    }
    const spare = [...ended].filter(([, { until, owedUntil }]) => owedUntil === null && until <= now);
    spare.sort(([leftId, left], [rightId, right]) => right.until - left.until || (leftId > rightId ? -1 : 1));
    for (const [id] of spare.slice(maxEnded)) this.#delete({ id, subject });
  }

  countEndedChildren(subject: string, now: EpochSeconds): number {
    return [...(this.#endedOf.get(subject)?.values() ?? [])].filter(({ until }) => until > now).length;
  }

  owedIds(subject: string, now: EpochSeconds): readonly string[] {
    return [...(this.#endedOf.get(subject) ?? [])]
      .filter(([, { owedUntil }]) => owedUntil !== null && owedUntil > now)
      .map(([id]) => id);
  }

  clearLogoutOwed(id: string): void {
    this.#change(id, { logoutOwed: false });
    const ended = this.#endedOf.get(this.#sessions.get(id)?.subject ?? '');
    const kept = ended?.get(id);
    if (kept !== undefined) ended?.set(id, { ...kept, owedUntil: null });
  }

  epochOf(subject: string): SubjectEpoch | null {
    return this.#epochs.get(subject) ?? null;
  }

  incrementEpoch(subject: string, now: EpochSeconds): number {
    const epoch = (this.epochOf(subject)?.epoch ?? 0) + 1;
    this.#epochs.set(subject, { epoch, changedAt: now });
    this.#publish({ kind: 'subject', subject, epoch, at: now });
    return epoch;
  }

  clientCounterOf(subject: string, clientId: string): number {
    return this.#clientCounters.get(JSON.stringify([subject, clientId]))?.counter ?? 0;
  }

  setClientCounter(subject: string, clientId: string, counter: number, now: EpochSeconds): void {
    this.#clientCounters.set(JSON.stringify([subject, clientId]), { counter, changedAt: now });
  }

  dataOf(id: string): StoredData {
    return this.#data.get(id) ?? { version: 0, value: null };
  }

  setData(id: string, data: StoredData): void {
    this.#data.set(id, data);
  }

  sweep(now: EpochSeconds, limit: number): number {
    const cutoff = now - endedRetentionSeconds;
    const swept = [...this.#sessions.values()]
      .filter(
        (record) =>
          earliestEnd(record, this.epochOf(record.subject)) <= cutoff && !this.#hasLivingChild(record, now),
      )
      .slice(0, limit);
    for (const record of swept) this.#delete(record);
    // An epoch says only which of its subject's records are dead, so it may go when there are none left. It stays as
    // long as an ended record would, for whoever still holds an answer with the old number in it.
    for (const [subject, { changedAt }] of this.#epochs) {
      const isNeeded = this.#liveOf.has(subject) || this.#endedOf.has(subject);
      if (changedAt <= cutoff && !isNeeded) this.#epochs.delete(subject);
    }
    for (const [key, { changedAt }] of this.#clientCounters) {
      if (changedAt <= cutoff) this.#clientCounters.delete(key);
    }
    return swept.length;
  }

  #change(id: string, changes: Partial<SessionRecord>): void {
    const record = this.#sessions.get(id);
    if (record !== undefined) this.#sessions.set(id, { ...record, ...changes });
  }

  #delete({ id, subject }: Pick<SessionRecord, 'id' | 'subject'>): void {
    this.#sessions.delete(id);
    this.#data.delete(id);
    removeFrom(this.#liveOf, subject, id);
    removeFrom(this.#endedOf, subject, id);
  }

  #hasLivingChild({ id, subject }: SessionRecord, now: EpochSeconds): boolean {
    return this.live(subject).some((other) => endsWith(other, id, now));
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
