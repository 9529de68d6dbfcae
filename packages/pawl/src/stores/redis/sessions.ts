import type { EpochSeconds } from '../../base/clock.js';
import { PawlError } from '../../errors.js';
import { endOf, type RotationState, type Session } from '../../rotation/session.js';
import {
  type ApplyResult,
  compareAge,
  type Created,
  endedRetentionSeconds,
  type NewSession,
  type RotateAttempt,
  type RotateResult,
  type SessionStore,
  type StoreChange,
} from '../store.js';
import { placeOfSession, placeOfSubject } from '../subject-tag.js';
import type { Connection } from './connection.js';
import type { Keys } from './keys.js';
import { epochOf, newRecordParts, none, rotationText, sessionOf, toLine } from './session-record.js';
import {
  allScript,
  applyScript,
  createSessionScript,
  epochScript,
  findScript,
  revokeOthersScript,
  revokeSessionScript,
  revokeSubjectScript,
  rotateScript,
} from './session-scripts.js';

/** The longest time that a server is asked to keep a key: its clock has an end. */
const maxKeptSeconds: number = 100 * 366 * 86_400;

export function createSessions(connection: Connection, keys: Keys): SessionStore {
  const ofSession = (sessionId: string): readonly [string] => [keys.subject(placeOfSession(sessionId))];
  const ofSubject = (subject: string): readonly [string] => [keys.subject(placeOfSubject(subject))];
  return {
    create: (session, maxSessions, now) =>
      create(connection, ofSession(session.id), session, maxSessions, now),
    rotate: (attempt) => rotate(connection, ofSession(attempt.sessionId), attempt),
    apply: (read, change, now) => apply(connection, ofSession(read.id), read, change, now),
    async find(sessionId) {
      const reply = await connection.run(findScript, ofSession(sessionId), [fieldOf(sessionId)]);
      return reply === null ? null : sessionFrom(sessionId, reply as RecordReply);
    },
    async epochOf(subject) {
      const reply = await connection.run(epochScript, ofSubject(subject), [`e${toLine(subject)}`]);
      return epochOf((reply as string | null) ?? '');
    },
    async list(subject, now) {
      const reply = (await connection.run(allScript, ofSubject(subject), [])) as readonly string[];
      return aliveOf(subject, reply, now);
    },
    async revokeSession(sessionId, secretHash, now) {
      const args = [fieldOf(sessionId), secretHash === null ? '' : `=${secretHash}`, String(now)];
      const reply = await connection.runDurably(revokeSessionScript, ofSession(sessionId), args);
      return reply === null ? null : sessionFrom(sessionId, reply as RecordReply);
    },
    async revokeSubject(subject, now) {
      const args = [toLine(subject), String(now), milliseconds(endedRetentionSeconds)];
      return epochOf((await connection.runDurably(revokeSubjectScript, ofSubject(subject), args)) as string);
    },
    async revokeOthers(subject, keepSessionId, now) {
      const args = [toLine(subject), fieldOf(keepSessionId), String(now)];
      const reply = await connection.runDurably(revokeOthersScript, ofSubject(subject), args);
      return (reply as readonly string[]).map(idOf);
    },
  };
}

type RecordReply = readonly [record: string, epochText: string];

async function create(
  connection: Connection,
  key: readonly [string],
  session: NewSession,
  maxSessions: number,
  now: EpochSeconds,
): Promise<Created> {
  const keptSeconds = session.expiresAt - now + endedRetentionSeconds;
  const args = [
    fieldOf(session.id),
    session.secretHash,
    toLine(session.subject),
    ...newRecordParts(session),
    String(maxSessions),
    String(now),
    milliseconds(Math.min(Math.max(keptSeconds, 1), maxKeptSeconds)),
  ];
  const reply = await connection.runDurably(createSessionScript, key, args);
  if (reply === null) throw new PawlError('internal', 'another session has this id');
  const [record, epochText, endedFields] = reply as [string, string, readonly string[]];
  return { session: sessionOf(session.id, record, epochText), endedIds: endedFields.map(idOf) };
}

async function rotate(
  connection: Connection,
  key: readonly [string],
  attempt: RotateAttempt,
): Promise<RotateResult> {
  const { sessionId, generation, fork, now, provenKey, clientId } = attempt;
  const reply = await connection.run(rotateScript, key, [
    fieldOf(sessionId),
    String(generation),
    String(fork),
    attempt.secretHash,
    // What no line is, because a key may be empty too.
    provenKey === null ? none : toLine(provenKey),
    // Marked, because a client's id may be empty.
    clientId === null ? '' : `=${toLine(clientId)}`,
    String(attempt.windowSeconds),
    String(now),
    rotationText(rotationAfter(attempt)),
  ]);
  return resultOf(sessionId, reply, (rotated, session) => ({ rotated, session }));
}

function rotationAfter({ generation, fork, now }: RotateAttempt): RotationState {
  return { generation: generation + 1, fork: 0, previousFork: fork, rotatedAt: now, seen: false };
}

async function apply(
  connection: Connection,
  key: readonly [string],
  read: Session,
  change: StoreChange,
  now: EpochSeconds,
): Promise<ApplyResult> {
  const args = [
    fieldOf(read.id),
    rotationText(read),
    change.kind,
    'to' in change ? rotationText(change.to) : '',
    String(now),
    milliseconds(endedRetentionSeconds),
    change.kind === 'bind' ? toLine(change.boundKey) : '',
  ];
  const reply =
    change.kind === 'advance'
      ? await connection.run(applyScript, key, args)
      : await connection.runDurably(applyScript, key, args);
  return resultOf(read.id, reply, (applied, session) => ({ applied, session }));
}

function resultOf<Result>(
  sessionId: string,
  reply: unknown,
  make: (done: boolean, session: Session | null) => Result,
): Result {
  if (reply === null) return make(false, null);
  const [done, record, epochText] = reply as [number, string, string];
  return make(done === 1, sessionOf(sessionId, record, epochText));
}

function aliveOf(subject: string, fieldsAndValues: readonly string[], now: EpochSeconds): Session[] {
  const values = new Map<string, string>();
  for (let index = 0; index < fieldsAndValues.length; index += 2) {
    values.set(fieldsAndValues[index] ?? '', fieldsAndValues[index + 1] ?? '');
  }
  const epochText = values.get(`e${toLine(subject)}`) ?? '';
  return [...values]
    .filter(([field]) => field.startsWith('s'))
    .map(([field, record]) => sessionOf(idOf(field), record, epochText))
    .filter((session) => session.subject === subject && endOf(session, now) === null)
    .sort(compareAge)
    .reverse();
}

function sessionFrom(sessionId: string, [record, epochText]: RecordReply): Session {
  return sessionOf(sessionId, record, epochText);
}

function fieldOf(sessionId: string): string {
  return `s${sessionId}`;
}

function idOf(field: string): string {
  return field.slice(1);
}

function milliseconds(seconds: number): string {
  return String(Math.ceil(seconds * 1000));
}
