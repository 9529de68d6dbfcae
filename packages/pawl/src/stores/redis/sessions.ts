import { createHash } from 'node:crypto';
import type { EpochSeconds } from '../../base/clock.js';
import { endOf, reauthenticated, rotated, type Session } from '../../rotation/session.js';
import { maxOwed } from '../session-family.js';
import {
  type ApplyResult,
  compareAge,
  type EndedSession,
  type Reauthentication,
  type RotateAttempt,
  type RotateResult,
  type SessionStore,
  type StoreChange,
} from '../session-store.js';
import { placeOfSession, placeOfSubject } from '../subject-tag.js';
import type { RedisConnection } from './connection.js';
import { createSession } from './create-session.js';
import {
  applyScript,
  clearLogoutOwedScript,
  logoutsOwedScript,
  revokeClientScript,
  revokeOthersScript,
  revokeSessionScript,
  revokeSubjectScript,
} from './end-scripts.js';
import { endedSession, type Feed } from './feed.js';
import type { Keys } from './keys.js';
import { bindingLine, lastLine, numberIn, rotationText, sessionOf, toLine } from './session-record.js';
import {
  fieldScript,
  findScript,
  listScript,
  reauthenticateScript,
  rotateScript,
} from './session-scripts.js';

export function createSessions(connection: RedisConnection, keys: Keys, feed: Feed): SessionStore {
  const writing = { connection, feed };
  const ofSession = (sessionId: string): Key => [keys.subject(placeOfSession(sessionId))];
  const ofSubject = (subject: string): Key => [keys.subject(placeOfSubject(subject))];
  const numberAt = async (subject: string, field: string): Promise<number> =>
    numberIn(((await connection.run(fieldScript, ofSubject(subject), [field])) as string | null) ?? '');
  return {
    witness,
    create: (request) => createSession(connection, feed, ofSession(request.session.id), request),
    rotate: (attempt) => rotate(connection, ofSession(attempt.sessionId), attempt),
    apply: (read, change, now) => apply(writing, ofSession(read.id), read, change, now),
    reauthenticate: (read, by, network, now) =>
      reauthenticate(connection, ofSession(read.id), read, by, network, now),
    async find(sessionId) {
      const reply = await connection.run(findScript, ofSession(sessionId), [sessionId]);
      if (reply === null) return null;
      const [record, epochText] = reply as [string, string];
      return sessionOf(sessionId, record, epochText);
    },
    epochOf: (subject) => numberAt(subject, `e${toLine(subject)}`),
    async list(subject, now) {
      const found = sessionsOf(await connection.run(listScript, ofSubject(subject), [toLine(subject)]));
      const alive = found.filter((session) => endOf(session, now) === null);
      return alive.sort(compareAge).reverse();
    },
    revokeSession: (sessionId, secretHash, now) =>
      revokeSession(writing, ofSession(sessionId), sessionId, secretHash, now),
    async revokeSubject(subject, now) {
      const args = [toLine(subject), String(now)];
      const run = async () =>
        numberIn((await connection.runDurably(revokeSubjectScript, ofSubject(subject), args)) as string);
      return feed.ending({ kind: 'subject', subject }, now, run, (epoch) => [
        { kind: 'subject', subject, epoch, at: now },
      ]);
    },
    async revokeOthers(subject, keepSessionId, now) {
      const args = [toLine(subject), keepSessionId, String(now)];
      const run = async () =>
        (await connection.runDurably(revokeOthersScript, ofSubject(subject), args)) as string[];
      return feed.ending({ kind: 'sessions', subject }, now, run, (ids) =>
        ids.map((id) => endedSession(id, now)),
      );
    },
    async revokeClient(subject, clientId, now) {
      const args = [toLine(subject), toLine(clientId), String(now)];
      const run = async () => {
        const reply = await connection.runDurably(revokeClientScript, ofSubject(subject), args);
        const [text, endedIds] = reply as [string, string[]];
        return { counter: numberIn(text), endedIds };
      };
      return feed.ending({ kind: 'sessions', subject }, now, run, ({ endedIds }) =>
        endedIds.map((id) => endedSession(id, now)),
      );
    },
    clientCounterOf: (subject, clientId) => numberAt(subject, `c${toLine(subject)}\n${toLine(clientId)}`),
    async logoutsOwed(subject, now) {
      const args = [toLine(subject), String(now)];
      return sessionsOf(await connection.run(logoutsOwedScript, ofSubject(subject), args)).slice(0, maxOwed);
    },
    async clearLogoutOwed(sessionId) {
      return (await connection.run(clearLogoutOwedScript, ofSession(sessionId), [sessionId])) === 1;
    },
  };
}

type Key = readonly [string];

interface Writing {
  readonly connection: RedisConnection;
  readonly feed: Feed;
}

/**
 * Scripts have no hash function but SHA-1. It is enough: both parts have a fixed length, the first has 256 bits that only a reader of the store
 * knows, and two texts with one digest are of no use to anybody.
 */
function witness({ secretHash }: Session, sessionId: string): string {
  return createHash('sha1').update(secretHash).update(sessionId).digest('hex');
}

async function rotate(connection: RedisConnection, key: Key, attempt: RotateAttempt): Promise<RotateResult> {
  const { sessionId, generation, fork, now, clientId } = attempt;
  const reply = await connection.run(rotateScript, key, [
    sessionId,
    String(generation),
    String(fork),
    attempt.secretHash,
    bindingLine(attempt.proof),
    // Marked, because a client's id may be empty.
    clientId === null ? '' : `=${toLine(clientId)}`,
    String(now),
    rotationText(rotated(attempt, now, attempt.network)),
  ]);
  return rotateResult(sessionId, reply);
}

async function reauthenticate(
  connection: RedisConnection,
  key: Key,
  read: Session,
  by: Reauthentication,
  network: string | null,
  now: EpochSeconds,
): Promise<RotateResult> {
  const { floor, ...rotation } = reauthenticated(read, now, network);
  const reply = await connection.runDurably(reauthenticateScript, key, [
    read.id,
    rotationText(read),
    rotationText(rotation),
    String(floor),
    lastLine({ ...read, ...by }),
    String(now),
  ]);
  return rotateResult(read.id, reply);
}

async function apply(
  { connection, feed }: Writing,
  key: Key,
  read: Session,
  change: StoreChange,
  now: EpochSeconds,
): Promise<ApplyResult> {
  const args = [
    read.id,
    rotationText(read),
    change.kind,
    'to' in change ? rotationText(change.to) : '',
    String(now),
    change.kind === 'bind' ? bindingLine(change.binding) : '',
  ];
  if (change.kind === 'advance') return applyResult(read.id, await connection.run(applyScript, key, args));
  const run = async () => applyResult(read.id, await connection.runDurably(applyScript, key, args));
  if (change.kind === 'bind') return run();
  if (change.kind === 'revoke-session') {
    return feed.ending({ kind: 'session', sessionId: read.id }, now, run, ({ applied, endedIds }) =>
      applied ? [read.id, ...endedIds].map((id) => endedSession(id, now)) : [],
    );
  }
  return feed.ending({ kind: 'subject', subject: read.subject }, now, run, ({ applied, session }) =>
    applied && session !== null
      ? [{ kind: 'subject', subject: session.subject, epoch: session.subjectEpoch, at: now }]
      : [],
  );
}

async function revokeSession(
  { connection, feed }: Writing,
  key: Key,
  sessionId: string,
  secretHash: string | null,
  now: EpochSeconds,
): Promise<EndedSession | null> {
  const args = [sessionId, secretHash === null ? '' : `=${secretHash}`, String(now)];
  const run = async () => {
    const reply = await connection.runDurably(revokeSessionScript, key, args);
    if (reply === null) return null;
    const [record, epochText, ids] = reply as [string, string, string[]];
    return { session: sessionOf(sessionId, record, epochText), endedIds: without(sessionId, ids) };
  };
  return feed.ending({ kind: 'session', sessionId }, now, run, (ended) =>
    ended === null ? [] : [sessionId, ...ended.endedIds].map((id) => endedSession(id, now)),
  );
}

type ChangeReply =
  | readonly [done: number, record: string, epochText: string, endedIds?: readonly string[]]
  | null;

function rotateResult(sessionId: string, reply: unknown): RotateResult {
  const { applied, session } = applyResult(sessionId, reply);
  return { rotated: applied, session };
}

function applyResult(sessionId: string, reply: unknown): ApplyResult {
  if (reply === null) return { applied: false, session: null, endedIds: [] };
  const [done, record, epochText, endedIds = []] = reply as NonNullable<ChangeReply>;
  return {
    applied: done === 1,
    session: sessionOf(sessionId, record, epochText),
    endedIds: without(sessionId, endedIds),
  };
}

function without(sessionId: string, ids: readonly string[]): string[] {
  return ids.filter((id) => id !== sessionId);
}

/** Of an epoch, and ids and records in turns. */
function sessionsOf(reply: unknown): Session[] {
  const [epochText, found] = reply as [string, readonly string[]];
  return Array.from({ length: found.length / 2 }, (_, index) =>
    sessionOf(found[2 * index] ?? '', found[2 * index + 1] ?? '', epochText),
  );
}
