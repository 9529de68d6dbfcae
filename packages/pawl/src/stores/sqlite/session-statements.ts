import { decodeBase64url, encodeBase64url } from '../../base/base64url.js';
import type { EpochSeconds } from '../../base/clock.js';
import type { Binding } from '../../rotation/binding.js';
import { maxGeneration, type RotationState, rotated, type Session } from '../../rotation/session.js';
import { bindingText } from '../binding-text.js';
import { maxEnded, maxOwed } from '../session-family.js';
import type { Kept, SessionRecords, SubjectEpoch } from '../session-records.js';
import type { Reauthentication, RotateAttempt } from '../session-store.js';
import { toNullableText, toText } from '../text.js';
import type { SqliteConnection } from './connection.js';
import type { SqliteStatement } from './driver.js';
import { rotationColumns, sessionColumns, sessionFrom } from '../sql/session-row.js';
import {
  type SqliteFixedRow,
  fixedReads,
  idleEndOf,
  parentIdOf,
  reads,
  rotationValues,
  rowOf,
  type SqliteSessionRow,
  sessionOf,
} from './session-row.js';

const selectSessions = `select ${reads},
  coalesce((select epoch from subjects where subjects.subject = sessions.subject), 0) as subject_epoch
from sessions`;

const setRotation = `set ${rotationColumns.map((column) => `${column} = ?`).join(', ')}`;

// Returns only what the caller does not know.
const rotateSession = `update sessions ${setRotation}
where id = ? and secret_hash = ? and generation = ? and fork = ? and generation < ${String(maxGeneration)}
  and revoked_at is null and expires_at > ? and ${idleEndOf('sessions')} > ?
  and (binding is null or binding = ?)
  and coalesce(client_id = ?, 1)
  and (rotated_at is null or window_seconds = 0 or ? - rotated_at >= window_seconds)
  and not exists (
    select 1 from subjects where subjects.subject = sessions.subject and subjects.epoch > sessions.epoch
  )
returning ${fixedReads}`;

// What is over: after its hour, or because others ended later.
const forgetOwed = `update sessions set owed_until = null
where subject = ?1 and owed_until is not null and (owed_until <= ?2 or id in (
  select id from sessions where subject = ?1 and owed_until is not null
  order by owed_until desc limit -1 offset ${String(maxOwed)}
))`;

const deleteSpare = `delete from sessions where id in (
  select id from sessions where subject = ? and kept_until <= ? and owed_until is null
  order by kept_until desc, id desc limit -1 offset ${String(maxEnded)}
)`;

const countEndedChildren = `select count(*) as children from (
  select 1 from sessions where subject = ? and kept_until > ? limit ${String(maxEnded)}
)`;

/** The statements on sessions, epochs and client counters, prepared once. All are synchronous and run inside a step of the connection. */
export class SqliteSessionStatements implements SessionRecords {
  readonly #find: SqliteStatement;
  readonly #live: SqliteStatement;
  readonly #insert: SqliteStatement;
  readonly #rotate: SqliteStatement;
  readonly #advance: SqliteStatement;
  readonly #bind: SqliteStatement;
  readonly #reauthenticate: SqliteStatement;
  readonly #use: SqliteStatement;
  readonly #epoch: SqliteStatement;
  readonly #incrementEpoch: SqliteStatement;
  readonly #end: SqliteStatement;
  readonly #putAway: SqliteStatement;
  readonly #forgetOwed: SqliteStatement;
  readonly #deleteSpare: SqliteStatement;
  readonly #countEndedChildren: SqliteStatement;
  readonly #owed: SqliteStatement;
  readonly #clearOwed: SqliteStatement;
  readonly #clientCounter: SqliteStatement;
  readonly #setClientCounter: SqliteStatement;

  constructor(connection: SqliteConnection) {
    const places = sessionColumns.map(() => '?').join(', ');
    this.#find = connection.prepare(`${selectSessions} where id = ?`);
    this.#live = connection.prepare(`${selectSessions} where subject = ? and kept_until is null`);
    this.#insert = connection.prepare(
      `insert into sessions (${sessionColumns.join(', ')}) values (${places})`,
    );
    this.#rotate = connection.prepare(rotateSession);
    this.#advance = connection.prepare(`update sessions ${setRotation} where id = ?`);
    this.#bind = connection.prepare('update sessions set binding = ? where id = ?');
    this.#reauthenticate = connection.prepare(
      'update sessions set floor = ?, auth_time = ?, acr = ?, amr = ? where id = ?',
    );
    this.#use = connection.prepare('update sessions set seen = 1, used_at = ? where id = ?');
    this.#epoch = connection.prepare('select epoch, changed_at from subjects where subject = ?');
    this.#incrementEpoch = connection.prepare(
      `insert into subjects (subject, epoch, changed_at) values (?, 1, ?)
      on conflict do update set epoch = epoch + 1, changed_at = excluded.changed_at returning epoch`,
    );
    this.#end = connection.prepare('update sessions set revoked_at = ? where id = ?');
    this.#putAway = connection.prepare('update sessions set kept_until = ?, owed_until = ? where id = ?');
    this.#forgetOwed = connection.prepare(forgetOwed);
    this.#deleteSpare = connection.prepare(deleteSpare);
    this.#countEndedChildren = connection.prepare(countEndedChildren);
    this.#owed = connection.prepare('select id from sessions where subject = ? and owed_until > ?');
    this.#clearOwed = connection.prepare(
      'update sessions set logout_owed = 0, owed_until = null where id = ?',
    );
    this.#clientCounter = connection.prepare(
      'select counter from client_counters where subject = ? and client_id = ?',
    );
    this.#setClientCounter = connection.prepare(
      `insert into client_counters (subject, client_id, counter, changed_at) values (?, ?, ?, ?)
      on conflict do update set counter = excluded.counter, changed_at = excluded.changed_at`,
    );
  }

  find(id: string): Session | null {
    const bytes = decodeBase64url(id);
    const row = bytes === null ? undefined : this.#find.get(bytes);
    return row === undefined ? null : sessionOf(row as SqliteSessionRow);
  }

  live(subject: string): Session[] {
    return (this.#live.all(toText(subject)) as SqliteSessionRow[]).map(sessionOf);
  }

  add(session: Session): void {
    this.#insert.run(...rowOf(session));
  }

  rotate(attempt: RotateAttempt): Session | null {
    const id = decodeBase64url(attempt.sessionId);
    const secretHash = decodeBase64url(attempt.secretHash);
    if (id === null || secretHash === null) return null;
    const { generation, fork, now, network } = attempt;
    const to = rotated(attempt, now, network);
    const clientId = toNullableText(attempt.clientId);
    const proof = toNullableText(bindingText(attempt.proof));
    const row = this.#rotate.get(
      ...rotationValues(to),
      ...[id, secretHash, generation, fork, now, now, proof, clientId, now],
    );
    return row === undefined ? null : rotatedSession(row as SqliteFixedRow, attempt, to);
  }

  advance(id: string, to: RotationState): void {
    this.#advance.run(...rotationValues(to), decodeBase64url(id));
  }

  bind(id: string, binding: Binding, to: RotationState): void {
    this.advance(id, to);
    this.#bind.run(toNullableText(bindingText(binding)), decodeBase64url(id));
  }

  reauthenticate(id: string, to: RotationState & Pick<Session, 'floor'>, by: Reauthentication): void {
    this.advance(id, to);
    const { authTime, acr, amr } = by;
    this.#reauthenticate.run(
      to.floor,
      authTime,
      toNullableText(acr),
      JSON.stringify(amr),
      decodeBase64url(id),
    );
  }

  use(id: string, now: EpochSeconds): void {
    this.#use.run(now, decodeBase64url(id));
  }

  end(id: string, now: EpochSeconds): void {
    this.#end.run(now, decodeBase64url(id));
  }

  putAway(id: string, { until, owedUntil }: Kept): void {
    this.#putAway.run(until, owedUntil, decodeBase64url(id));
  }

  prune(subject: string, now: EpochSeconds): void {
    this.#forgetOwed.run(toText(subject), now);
    this.#deleteSpare.run(toText(subject), now);
  }

  countEndedChildren(subject: string, now: EpochSeconds): number {
    const row = this.#countEndedChildren.get(toText(subject), now) as { readonly children: number };
    return row.children;
  }

  owedIds(subject: string, now: EpochSeconds): string[] {
    const rows = this.#owed.all(toText(subject), now) as { readonly id: Uint8Array }[];
    return rows.map(({ id }) => encodeBase64url(id));
  }

  clearLogoutOwed(id: string): void {
    this.#clearOwed.run(decodeBase64url(id));
  }

  clientCounterOf(subject: string, clientId: string): number {
    const row = this.#clientCounter.get(toText(subject), toText(clientId));
    return (row as { readonly counter: number } | undefined)?.counter ?? 0;
  }

  setClientCounter(subject: string, clientId: string, counter: number, now: EpochSeconds): void {
    this.#setClientCounter.run(toText(subject), toText(clientId), counter, now);
  }

  epochOf(subject: string): SubjectEpoch | null {
    const row = this.#epoch.get(toText(subject)) as { epoch: number; changed_at: number } | undefined;
    return row === undefined ? null : { epoch: row.epoch, changedAt: row.changed_at };
  }

  incrementEpoch(subject: string, now: EpochSeconds): number {
    return (this.#incrementEpoch.get(toText(subject), now) as { readonly epoch: number }).epoch;
  }
}

function rotatedSession(
  row: SqliteFixedRow,
  { sessionId: id, secretHash }: RotateAttempt,
  to: RotationState,
): Session {
  const own = { id, parentId: parentIdOf(row), secretHash };
  return sessionFrom(row, own, {
    // The guard held, so the subject's epoch is not ahead of the session's, and it is never behind.
    subjectEpoch: Number(row.epoch),
    revokedAt: null,
    generation: to.generation,
    fork: to.fork,
    previousFork: to.previousFork,
    rotatedAt: to.rotatedAt,
    seen: to.seen,
    network: to.network,
  });
}
