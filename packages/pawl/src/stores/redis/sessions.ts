import type { EpochSeconds } from '../../base/clock.js';
import { PawlError } from '../../errors.js';
import { endOf, rotated, type Session } from '../../rotation/session.js';
import type { RevocationEntry } from '../revocations.js';
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
} from '../session-store.js';
import { placeOfSession, placeOfSubject } from '../subject-tag.js';
import type { Connection } from './connection.js';
import type { Feed } from './feed.js';
import type { FindEnded } from './left-behind.js';
import type { Keys } from './keys.js';
import { bindingLine, epochOf, newRecordParts, rotationText, sessionOf, toLine } from './session-record.js';
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

export function createSessions(connection: Connection, keys: Keys, feed: Feed): SessionStore {
  const ofSession = (sessionId: string): readonly [string] => [keys.subject(placeOfSession(sessionId))];
  const ofSubject = (subject: string): readonly [string] => [keys.subject(placeOfSubject(subject))];
  return {
    create: (session, maxSessions, now) =>
      create({ connection, feed }, ofSession(session.id), session, maxSessions, now),
    rotate: (attempt) => rotate(connection, ofSession(attempt.sessionId), attempt),
    apply: (read, change, now) => apply({ connection, feed }, ofSession(read.id), read, change, now),
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
      const run = () => connection.runDurably(revokeSessionScript, ofSession(sessionId), args);
      const reply = await feed.ending({ kind: 'session', sessionId }, now, run, (ended) =>
        ended === null ? [] : [endedSession(sessionId, now)],
      );
      return reply === null ? null : sessionFrom(sessionId, reply as RecordReply);
    },
    async revokeSubject(subject, now) {
      const args = [toLine(subject), String(now), milliseconds(endedRetentionSeconds)];
      const run = async () =>
        epochOf((await connection.runDurably(revokeSubjectScript, ofSubject(subject), args)) as string);
      return feed.ending({ kind: 'subject', subject }, now, run, (epoch) => [
        { kind: 'subject', subject, epoch, at: now },
      ]);
    },
    async revokeOthers(subject, keepSessionId, now) {
      const args = [toLine(subject), fieldOf(keepSessionId), String(now)];
      const run = async () =>
        ((await connection.runDurably(revokeOthersScript, ofSubject(subject), args)) as string[]).map(idOf);
      return feed.ending({ kind: 'sessions', subject }, now, run, (ids) =>
        ids.map((id) => endedSession(id, now)),
      );
    },
  };
}

type RecordReply = readonly [record: string, epochText: string];

interface Writing {
  readonly connection: Connection;
  readonly feed: Feed;
}

async function create(
  { connection, feed }: Writing,
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
  const run = async (isAnnounced: boolean): Promise<Created | null> => {
    const announced = isAnnounced ? '1' : '';
    const reply = await connection.runDurably(createSessionScript, key, [...args, announced]);
    if (reply === null) throw new PawlError('internal', 'another session has this id');
    if (reply === 0) return null;
    const [record, epochText, endedFields] = reply as [string, string, readonly string[]];
    return { session: sessionOf(session.id, record, epochText), endedIds: endedFields.map(idOf) };
  };
  const created = await run(false);
  if (created !== null) return created;
  // Rare: the subject has as many sessions as it may.
  const { subject } = session;
  const announced = await feed.ending(
    { kind: 'sessions', subject },
    now,
    () => run(true),
    (result) => result?.endedIds.map((id) => endedSession(id, now)) ?? [],
  );
  if (announced === null) throw new PawlError('internal', 'a login was announced and still refused');
  return announced;
}

async function rotate(
  connection: Connection,
  key: readonly [string],
  attempt: RotateAttempt,
): Promise<RotateResult> {
  const { sessionId, generation, fork, now, clientId } = attempt;
  const reply = await connection.run(rotateScript, key, [
    fieldOf(sessionId),
    String(generation),
    String(fork),
    attempt.secretHash,
    bindingLine(attempt.proof),
    // Marked, because a client's id may be empty.
    clientId === null ? '' : `=${toLine(clientId)}`,
    String(now),
    rotationText(rotated(attempt, now, attempt.network)),
  ]);
  return resultOf(sessionId, reply, (done, session) => ({ rotated: done, session }));
}

async function apply(
  { connection, feed }: Writing,
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
    change.kind === 'bind' ? bindingLine(change.binding) : '',
  ];
  const resultFrom = (reply: unknown): ApplyResult =>
    resultOf(read.id, reply, (applied, session) => ({ applied, session }));
  if (change.kind === 'advance') return resultFrom(await connection.run(applyScript, key, args));
  const run = async () => resultFrom(await connection.runDurably(applyScript, key, args));
  if (change.kind === 'bind') return run();
  if (change.kind === 'revoke-session') {
    return feed.ending({ kind: 'session', sessionId: read.id }, now, run, ({ applied }) =>
      applied ? [endedSession(read.id, now)] : [],
    );
  }
  return feed.ending({ kind: 'subject', subject: read.subject }, now, run, ({ applied, session }) =>
    applied && session !== null
      ? [{ kind: 'subject', subject: session.subject, epoch: session.subjectEpoch, at: now }]
      : [],
  );
}

/** Looks for what an announced step has ended. */
export function createFindEnded(connection: Connection, keys: Keys): FindEnded {
  return async ({ aim, now }) => {
    if (aim.kind === 'session') {
      const key = keys.subject(placeOfSession(aim.sessionId));
      const reply = await connection.run(findScript, [key], [fieldOf(aim.sessionId)]);
      const revokedAt = reply === null ? null : sessionFrom(aim.sessionId, reply as RecordReply).revokedAt;
      return revokedAt === null ? null : [endedSession(aim.sessionId, revokedAt)];
    }
    const { subject } = aim;
    const reply = (await connection.run(allScript, [keys.subject(placeOfSubject(subject))], [])) as string[];
    if (aim.kind === 'subject') {
      const epochText = valuesOf(reply).get(`e${toLine(subject)}`) ?? '';
      const [, changedAt = '0'] = epochText.split(' ');
      // An epoch that moved later stands above ours.
      if (epochText === '' || Number(changedAt) < now) return null;
      return [{ kind: 'subject', subject, epoch: epochOf(epochText), at: Number(changedAt) }];
    }
    const ended = sessionsOf(subject, reply).filter(({ revokedAt }) => revokedAt === now);
    return ended.length === 0 ? null : ended.map(({ id }) => endedSession(id, now));
  };
}

function endedSession(sessionId: string, at: EpochSeconds): RevocationEntry {
  return { kind: 'session', sessionId, at };
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
  return sessionsOf(subject, fieldsAndValues)
    .filter((session) => endOf(session, now) === null)
    .sort(compareAge)
    .reverse();
}

function valuesOf(fieldsAndValues: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (let index = 0; index < fieldsAndValues.length; index += 2) {
    values.set(fieldsAndValues[index] ?? '', fieldsAndValues[index + 1] ?? '');
  }
  return values;
}

function sessionsOf(subject: string, fieldsAndValues: readonly string[]): Session[] {
  const values = valuesOf(fieldsAndValues);
  const epochText = values.get(`e${toLine(subject)}`) ?? '';
  return [...values]
    .filter(([field]) => field.startsWith('s'))
    .map(([field, record]) => sessionOf(idOf(field), record, epochText))
    .filter((session) => session.subject === subject);
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
