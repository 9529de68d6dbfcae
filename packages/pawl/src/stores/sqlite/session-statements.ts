import { fromBase64url } from '../../base/bytes.js';
import type { Binding } from '../../rotation/binding.js';
import { maxGeneration, type RotationState, rotated, type Session } from '../../rotation/session.js';
import { bindingText } from '../binding-text.js';
import { rotationColumns } from '../rotation-columns.js';
import { compareAge, type NewSession, type RotateAttempt } from '../session-store.js';
import type { EpochSeconds } from '../../base/clock.js';
import type { Connection } from './connection.js';
import type { SqliteStatement } from './driver.js';
import {
  columns,
  type FixedRow,
  fixedReads,
  reads,
  rotationValues,
  rowOf,
  type SessionRow,
  sessionFrom,
  sessionOf,
} from './session-row.js';
import { toNullableText, toText } from '../text.js';

const selectSessions = `select ${reads},
  coalesce((select epoch from subjects where subjects.subject = sessions.subject), 0) as subject_epoch
from sessions`;

const setRotation = `set ${rotationColumns.map((column) => `${column} = ?`).join(', ')}`;

// Returns only what the caller does not know.
const rotateSession = `update sessions ${setRotation}
where id = ? and secret_hash = ? and generation = ? and fork = ? and generation < ${String(maxGeneration)}
  and revoked_at is null and expires_at > ? and coalesce(rotated_at, created_at) + idle_seconds > ?
  and (binding is null or binding = ?)
  and coalesce(client_id = ?, 1)
  and (rotated_at is null or window_seconds = 0 or ? - rotated_at >= window_seconds)
  and not exists (
    select 1 from subjects where subjects.subject = sessions.subject and subjects.epoch > sessions.epoch
  )
returning ${fixedReads}`;

/** The statements on sessions and epochs, prepared once. All are synchronous and run inside a step of the connection. */
export class SessionStatements {
  readonly #find: SqliteStatement;
  readonly #ofSubject: SqliteStatement;
  readonly #insert: SqliteStatement;
  readonly #rotate: SqliteStatement;
  readonly #advance: SqliteStatement;
  readonly #bind: SqliteStatement;
  readonly #end: SqliteStatement;
  readonly #epoch: SqliteStatement;
  readonly #incrementEpoch: SqliteStatement;

  constructor(connection: Connection) {
    const places = columns.map(() => '?').join(', ');
    this.#find = connection.prepare(`${selectSessions} where id = ?`);
    this.#ofSubject = connection.prepare(`${selectSessions} where subject = ?`);
    this.#insert = connection.prepare(
      `insert into sessions (${columns.join(', ')}) values (${places}) returning ${reads}, epoch as subject_epoch`,
    );
    this.#rotate = connection.prepare(rotateSession);
    this.#advance = connection.prepare(`update sessions ${setRotation} where id = ?`);
    this.#bind = connection.prepare('update sessions set binding = ? where id = ?');
    this.#end = connection.prepare('update sessions set revoked_at = ? where id = ?');
    this.#epoch = connection.prepare('select epoch from subjects where subject = ?');
    this.#incrementEpoch = connection.prepare(
      `insert into subjects (subject, epoch, changed_at) values (?, 1, ?)
      on conflict do update set epoch = epoch + 1, changed_at = excluded.changed_at returning epoch`,
    );
  }

  find(id: string): Session | null {
    const bytes = fromBase64url(id);
    return bytes === null ? null : sessionOrNull(this.#find.get(bytes));
  }

  /** The subject's sessions, dead ones included, oldest first. */
  of(subject: string): Session[] {
    return (this.#ofSubject.all(toText(subject)) as SessionRow[]).map(sessionOf).sort(compareAge);
  }

  insert(session: NewSession): Session {
    const epoch = this.epochOf(session.subject);
    return sessionOf(this.#insert.get(...rowOf(session, epoch)) as SessionRow);
  }

  rotate(attempt: RotateAttempt): Session | null {
    const id = fromBase64url(attempt.sessionId);
    const secretHash = fromBase64url(attempt.secretHash);
    if (id === null || secretHash === null) return null;
    const { generation, fork, now, network } = attempt;
    const to = rotated(attempt, now, network);
    const clientId = toNullableText(attempt.clientId);
    const proof = toNullableText(bindingText(attempt.proof));
    const row = this.#rotate.get(
      ...rotationValues(to),
      ...[id, secretHash, generation, fork, now, now, proof, clientId, now],
    );
    return row === undefined ? null : rotatedSession(row as FixedRow, attempt, to);
  }

  advance(id: string, to: RotationState): void {
    this.#advance.run(...rotationValues(to), fromBase64url(id));
  }

  bind(id: string, binding: Binding, to: RotationState): void {
    this.advance(id, to);
    this.#bind.run(toNullableText(bindingText(binding)), fromBase64url(id));
  }

  end(id: string, now: EpochSeconds): void {
    this.#end.run(now, fromBase64url(id));
  }

  epochOf(subject: string): number {
    const row = this.#epoch.get(toText(subject)) as { readonly epoch: number } | undefined;
    return row?.epoch ?? 0;
  }

  incrementEpoch(subject: string, now: EpochSeconds): number {
    return (this.#incrementEpoch.get(toText(subject), now) as { readonly epoch: number }).epoch;
  }
}

function rotatedSession(
  row: FixedRow,
  { sessionId: id, secretHash }: RotateAttempt,
  to: RotationState,
): Session {
  return sessionFrom(row, {
    id,
    secretHash,
    // The guard held, so the subject's epoch is not ahead of the session's, and it is never behind.
    subjectEpoch: row.epoch,
    revokedAt: null,
    generation: to.generation,
    fork: to.fork,
    previousFork: to.previousFork,
    rotatedAt: to.rotatedAt,
    seen: to.seen,
    network: to.network,
  });
}

function sessionOrNull(row: unknown): Session | null {
  return row === undefined ? null : sessionOf(row as SessionRow);
}
