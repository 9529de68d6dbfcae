/**
 * The rows of sessions with what belongs to them, as `SessionSteps` of Pawl asks for them.
 *
 * In a database: a table of sessions whose primary key is the id, with the columns `kept_until` and `owed_until` for rows that were put away,
 * and partial indexes by subject over each kind; a table of subjects with their epochs; a table of client counters.
 */
import { rotationOf, type Session } from 'pawl/rotation';
import {
  earliestEnd,
  endedRetentionSeconds,
  endsWith,
  type Kept,
  maxEnded,
  maxOwed,
  type RevocationEntry,
  type SessionRecords,
  type StoredData,
  type SubjectEpoch,
} from 'pawl/stores';

interface Row {
  session: Session;
  /** Null until the session is put away. */
  kept: Kept | null;
  data: StoredData;
}

/** Rows by subject; a subject without rows takes no place. */
class BySubject {
  readonly #rows = new Map<string, Set<Row>>();

  of(subject: string): readonly Row[] {
    return [...(this.#rows.get(subject) ?? [])];
  }

  add(row: Row): void {
    const { subject } = row.session;
    this.#rows.set(subject, (this.#rows.get(subject) ?? new Set()).add(row));
  }

  remove(row: Row): void {
    const rows = this.#rows.get(row.session.subject);
    rows?.delete(row);
    if (rows?.size === 0) this.#rows.delete(row.session.subject);
  }
}

export class Records implements SessionRecords {
  readonly #rows = new Map<string, Row>();
  readonly #live = new BySubject();
  readonly #ended = new BySubject();
  readonly #epochs = new Map<string, SubjectEpoch>();
  readonly #counters = new Map<string, { readonly counter: number; readonly changedAt: number }>();
  readonly #publish: (entry: RevocationEntry) => void;
  readonly #onRead: () => void;

  /**
   * @param publish - appends to the feed, in the step that ends something
   * @param onRead - is told of each record that is read
   */
  constructor(publish: (entry: RevocationEntry) => void, onRead: () => void) {
    this.#publish = publish;
    this.#onRead = onRead;
  }

  // A record is read with the epoch that its subject has now: the two must come from one snapshot.
  find: SessionRecords['find'] = (id) => {
    const row = this.#rows.get(id);
    return row === undefined ? null : this.#read(row);
  };

  live: SessionRecords['live'] = (subject) => this.#live.of(subject).map((row) => this.#read(row));

  add: SessionRecords['add'] = (session) => {
    const row: Row = { session, kept: null, data: { version: 0, value: null } };
    this.#rows.set(session.id, row);
    this.#live.add(row);
  };

  advance: SessionRecords['advance'] = (id, to) => {
    this.#write(id, rotationOf(to));
  };

  bind: SessionRecords['bind'] = (id, binding, to) => {
    this.#write(id, { ...rotationOf(to), binding });
  };

  reauthenticate: SessionRecords['reauthenticate'] = (id, to, { authTime, acr, amr }) => {
    this.#write(id, { ...rotationOf(to), floor: to.floor, authTime, acr, amr: [...amr] });
  };

  use: SessionRecords['use'] = (id, now) => {
    this.#write(id, { seen: true, usedAt: now });
  };

  end: SessionRecords['end'] = (id, now) => {
    this.#write(id, { revokedAt: now });
    this.#publish({ kind: 'session', sessionId: id, at: now });
  };

  putAway: SessionRecords['putAway'] = (id, kept) => {
    const row = this.#row(id);
    row.kept = kept;
    this.#live.remove(row);
    this.#ended.add(row);
  };

  prune: SessionRecords['prune'] = (subject, now) => {
    const rows = this.#ended.of(subject);
    for (const [rank, row] of newestFirst(rows, owedUntil).entries()) {
      const isOver = rank >= maxOwed || owedUntil(row) <= now;
      if (isOver) row.kept = { until: keptUntil(row), owedUntil: null };
    }
    const spare = rows.filter((row) => row.kept?.owedUntil === null && keptUntil(row) <= now);
    for (const row of newestFirst(spare, keptUntil).slice(maxEnded)) this.#delete(row);
  };

  countEndedChildren: SessionRecords['countEndedChildren'] = (subject, now) =>
    this.#ended.of(subject).filter((row) => keptUntil(row) > now).length;

  owedIds: SessionRecords['owedIds'] = (subject, now) =>
    this.#ended
      .of(subject)
      .filter((row) => owedUntil(row) > now)
      .map(({ session }) => session.id);

  clearLogoutOwed: SessionRecords['clearLogoutOwed'] = (id) => {
    this.#write(id, { logoutOwed: false });
    const row = this.#row(id);
    if (row.kept !== null) row.kept = { ...row.kept, owedUntil: null };
  };

  epochOf: SessionRecords['epochOf'] = (subject) => this.#epochs.get(subject) ?? null;

  incrementEpoch: SessionRecords['incrementEpoch'] = (subject, now) => {
    const epoch = (this.epochOf(subject)?.epoch ?? 0) + 1;
    this.#epochs.set(subject, { epoch, changedAt: now });
    this.#publish({ kind: 'subject', subject, epoch, at: now });
    return epoch;
  };

  clientCounterOf: SessionRecords['clientCounterOf'] = (subject, clientId) =>
    this.#counters.get(pair(subject, clientId))?.counter ?? 0;

  setClientCounter: SessionRecords['setClientCounter'] = (subject, clientId, counter, now) => {
    this.#counters.set(pair(subject, clientId), { counter, changedAt: now });
  };

  dataOf(id: string): StoredData {
    return this.#row(id).data;
  }

  setData(id: string, data: StoredData): void {
    this.#row(id).data = data;
  }

  /** Deletes up to `limit` sessions that ended long ago, and what was kept of subjects and clients for their sake. */
  sweep(now: number, limit: number): number {
    const before = now - endedRetentionSeconds;
    const over = [...this.#rows.values()].filter(
      ({ session }) =>
        earliestEnd(session, this.epochOf(session.subject)) <= before &&
        !this.live(session.subject).some((other) => endsWith(other, session.id, now)),
    );
    const swept = over.slice(0, limit);
    for (const row of swept) this.#delete(row);
    // An epoch that goes while a record is left would make that record alive again.
    const hasRows = (subject: string): boolean =>
      this.#live.of(subject).length + this.#ended.of(subject).length > 0;
    for (const [subject, { changedAt }] of this.#epochs) {
      if (changedAt <= before && !hasRows(subject)) this.#epochs.delete(subject);
    }
    for (const [key, { changedAt }] of this.#counters) {
      if (changedAt <= before) this.#counters.delete(key);
    }
    return swept.length;
  }

  #read({ session }: Row): Session {
    this.#onRead();
    return { ...session, subjectEpoch: this.epochOf(session.subject)?.epoch ?? 0 };
  }

  #row(id: string): Row {
    const row = this.#rows.get(id);
    if (row === undefined) throw new Error('a step writes to a session that it has not found');
    return row;
  }

  #write(id: string, changes: Partial<Session>): void {
    const row = this.#row(id);
    row.session = { ...row.session, ...changes };
  }

  #delete(row: Row): void {
    this.#rows.delete(row.session.id);
    this.#live.remove(row);
    this.#ended.remove(row);
  }
}

const never = Number.NEGATIVE_INFINITY;

function keptUntil({ kept }: Row): number {
  return kept?.until ?? never;
}

function owedUntil({ kept }: Row): number {
  return kept?.owedUntil ?? never;
}

function newestFirst(rows: readonly Row[], until: (row: Row) => number): readonly Row[] {
  return rows.toSorted(
    (left, right) => until(right) - until(left) || (left.session.id > right.session.id ? -1 : 1),
  );
}

/** One key for two texts, whatever is in them. */
function pair(subject: string, clientId: string): string {
  return JSON.stringify([subject, clientId]);
}
