import type { EpochSeconds } from '../../base/clock.js';
import { idleExpiresAt, type Session } from '../../rotation/session.js';
import type { RevocationEntry } from '../revocations.js';
import { compareAge, endedRetentionSeconds } from '../session-store.js';
import type { StoredData } from '../data-store.js';

/** A session as it is kept; the subject's epoch is added when it is read. */
export type SessionRecord = Omit<Session, 'subjectEpoch'>;

interface SubjectEpoch {
  readonly epoch: number;
  readonly changedAt: EpochSeconds;
}

/** The kept sessions and the epochs of their subjects. */
export class Records {
  readonly #sessions = new Map<string, SessionRecord>();
  /** The ids of each subject's sessions; no subject has none. */
  readonly #idsOf = new Map<string, Set<string>>();
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

  /** The subject's sessions, dead ones included, oldest first. */
  of(subject: string): Session[] {
    return [...(this.#idsOf.get(subject) ?? [])].flatMap((id) => this.find(id) ?? []).sort(compareAge);
  }

  add(record: SessionRecord): Session {
    const ids = this.#idsOf.get(record.subject) ?? new Set();
    this.#idsOf.set(record.subject, ids.add(record.id));
    return { ...this.#keep(record), subjectEpoch: this.epochOf(record.subject) };
  }

  change(session: Session, changes: Partial<SessionRecord>): Session {
    const { subjectEpoch, ...record } = session;
    return { ...this.#keep({ ...record, ...changes }), subjectEpoch };
  }

  dataOf(id: string): StoredData {
    return this.#data.get(id) ?? { version: 0, value: null };
  }

  setData(id: string, data: StoredData): void {
    this.#data.set(id, data);
  }

  end(session: Session, now: EpochSeconds): Session {
    this.#publish({ kind: 'session', sessionId: session.id, at: now });
    return this.change(session, { revokedAt: now });
  }

  incrementEpoch(subject: string, now: EpochSeconds): number {
    const epoch = this.epochOf(subject) + 1;
    this.#subjects.set(subject, { epoch, changedAt: now });
    this.#publish({ kind: 'subject', subject, epoch, at: now });
    return epoch;
  }

  sweep(now: EpochSeconds, limit: number): number {
    const cutoff = now - endedRetentionSeconds;
    const swept = [...this.#sessions.values()]
      .filter((record) => this.#endedAt(record) <= cutoff)
      .slice(0, limit);
    for (const record of swept) this.#delete(record);
    // An epoch says only which of its subject's records are dead, so it may go when there are none left. It stays as
    // long as an ended record would, for whoever still holds an answer with the old number in it.
    for (const [subject, { changedAt }] of this.#subjects) {
      if (changedAt <= cutoff && !this.#idsOf.has(subject)) this.#subjects.delete(subject);
    }
    return swept.length;
  }

  #keep(record: SessionRecord): SessionRecord {
    this.#sessions.set(record.id, record);
    return record;
  }

  #delete({ id, subject }: SessionRecord): void {
    this.#sessions.delete(id);
    this.#data.delete(id);
    const ids = this.#idsOf.get(subject);
    ids?.delete(id);
    if (ids?.size === 0) this.#idsOf.delete(subject);
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
