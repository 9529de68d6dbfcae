import { createHash } from 'node:crypto';
import type { EpochSeconds } from '../../base/clock.js';
import { PawlError } from '../../errors.js';
import { endOf, initialRotation, rotationOf, type Session } from '../../rotation/session.js';
import { bindingText } from '../binding-text.js';
import type { ApplyResult, Created, NewSession, SessionStore, StoreChange } from '../session-store.js';
import { compareAge } from '../session-store.js';
import { placeOfSubject } from '../subject-tag.js';
import { toNullableText, toText } from '../text.js';
import type { Connection } from './connection.js';
import type { PostgresRow } from './driver.js';
import type { FeedOrder } from './feed-order.js';
import { Rotations } from './rotations.js';
import { hashFrom, isTrue, rotationValues, sessionOf, toHex, valuesOf } from './session-row.js';
import type { SessionStatements } from './session-statements.js';
import type { Statement } from './statement.js';

/** Behind every id that begins with a place: above all characters of base64url. */
const afterIds = '~';

/** @param order - is told of each end, whose entry the database has added in the same transaction */
export function createSessions(
  connection: Connection,
  statements: SessionStatements,
  order: FeedOrder,
): SessionStore {
  const rotations = new Rotations(
    (values, progress) => connection.run(statements.rotate, values, progress),
    connection.deadlineMilliseconds,
  );
  const steps = { connection, statements, order };

  return {
    create: (session, maxSessions, now) => connection.accept(() => create(steps, session, maxSessions, now)),
    rotate: (attempt) => connection.accept(() => rotations.rotate(attempt)),
    apply: (read, change, now) => connection.accept(() => apply(steps, read, change, now)),
    find: (sessionId) => connection.accept(() => find(steps, sessionId)),
    epochOf: (subject) =>
      connection.accept(async () => {
        const [row] = await connection.run(statements.epoch, [hashOfSubject(subject)]);
        return row === undefined ? 0 : Number(row['epoch']);
      }),
    list: (subject, now) => connection.accept(() => list(steps, subject, now)),
    revokeSession: (sessionId, secretHash, now) =>
      connection.accept(() => revokeSession(steps, sessionId, secretHash, now)),
    revokeSubject: (subject, now) =>
      connection.accept(async () => {
        const [row] = await connection.run(statements.incrementEpoch, [...keysOf(subject), now]);
        await place(order);
        return Number(row?.['epoch']);
      }),
    revokeOthers: (subject, keepSessionId, now) =>
      connection.accept(() => revokeOthers(steps, subject, keepSessionId, now)),
  };
}

interface Steps {
  readonly connection: Connection;
  readonly statements: SessionStatements;
  readonly order: FeedOrder;
}

/** The end is committed and its entry too, so whoever reads the feed next gives it its place if this fails. */
function place(order: FeedOrder): Promise<void> {
  return order.place().catch(() => undefined);
}

/** The statement after the one that locks the subject has a snapshot of its own, and so sees what it waited for. */
async function create(
  steps: Steps,
  session: NewSession,
  maxSessions: number,
  now: EpochSeconds,
): Promise<Created> {
  const created = await createOnce(steps, session, maxSessions, now);
  if (created.endedIds.length > 0) await place(steps.order);
  return created;
}

function createOnce(
  { connection, statements }: Steps,
  session: NewSession,
  maxSessions: number,
  now: EpochSeconds,
): Promise<Created> {
  return connection.transaction(async (query) => {
    const [subject] = await query(statements.noteLogin, [...keysOf(session.subject), now]);
    const epoch = Number(subject?.['epoch']);
    const values = [...valuesOf(session, epoch), ...rangeOf(session.subject), maxSessions - 1, now];
    const [row] = await query(statements.add, values);
    if (isTrue(row?.['added'])) {
      const endedIds = row?.['ended_ids'] as string | null;
      return { session: createdFrom(session, epoch), endedIds: endedIds?.split(' ') ?? [] };
    }
    const known = sessionOrNull(await query(statements.find, [session.id]));
    // The same step again, after an answer that never came.
    if (known?.secretHash === session.secretHash) return { session: known, endedIds: [] };
    throw new PawlError('internal', 'another session has this id');
  });
}

function createdFrom(session: NewSession, epoch: number): Session {
  return {
    ...session,
    ...initialRotation,
    floor: 0,
    amr: [...session.amr],
    policy: { ...session.policy },
    epoch,
    subjectEpoch: epoch,
    revokedAt: null,
  };
}

async function apply(
  { connection, statements, order }: Steps,
  read: Session,
  change: StoreChange,
  now: EpochSeconds,
): Promise<ApplyResult> {
  const run = async (statement: Statement, values: readonly unknown[]) =>
    (await connection.run(statement, [toText(read.id), ...rotationValues(read), ...values]))[0];

  if (change.kind === 'advance') {
    const row = await run(statements.advance, rotationValues(change.to));
    return appliedOf(row, (found) => ({ ...found, ...rotationOf(change.to) }));
  }
  if (change.kind === 'bind') {
    const { binding, to } = change;
    const row = await run(statements.bind, [...rotationValues(to), toNullableText(bindingText(binding))]);
    return appliedOf(row, (found) => ({ ...found, ...rotationOf(to), binding }));
  }
  const result =
    change.kind === 'revoke-session'
      ? appliedOf(await run(statements.endRead, [now]), (found) => ({ ...found, revokedAt: now }))
      : appliedOf(await run(statements.endSubjectOf, [now]), (found) => ({
          ...found,
          subjectEpoch: found.subjectEpoch + 1,
        }));
  if (result.applied) await place(order);
  return result;
}

/** The row is the record as the step found it. */
function appliedOf(row: PostgresRow | undefined, change: (found: Session) => Session): ApplyResult {
  if (row === undefined) return { applied: false, session: null };
  const found = sessionOf(row);
  return isTrue(row['applied'])
    ? { applied: true, session: change(found) }
    : { applied: false, session: found };
}

async function find({ connection, statements }: Steps, sessionId: string): Promise<Session | null> {
  return sessionOrNull(await connection.run(statements.find, [toText(sessionId)]));
}

async function list(
  { connection, statements }: Steps,
  subject: string,
  now: EpochSeconds,
): Promise<readonly Session[]> {
  const rows = await connection.run(statements.ofSubject, [...rangeOf(subject), toText(subject)]);
  return rows
    .map(sessionOf)
    .filter((session) => endOf(session, now) === null)
    .sort(compareAge)
    .reverse();
}

async function revokeSession(
  { connection, statements, order }: Steps,
  sessionId: string,
  secretHash: string | null,
  now: EpochSeconds,
): Promise<Session | null> {
  // No hash is empty: what is no hash equals none.
  const hash = secretHash === null ? null : (hashFrom(secretHash) ?? '\\x');
  const [row] = await connection.run(statements.revokeSession, [toText(sessionId), hash, now]);
  const { applied, session } = appliedOf(row, (found) => ({ ...found, revokedAt: now }));
  if (!applied) return null;
  await place(order);
  return session;
}

async function revokeOthers(
  { connection, statements, order }: Steps,
  subject: string,
  keepSessionId: string,
  now: EpochSeconds,
): Promise<readonly string[]> {
  const endedIds = await connection.transaction(async (query) => {
    const [locked] = await query(statements.lockSubject, [hashOfSubject(subject)]);
    // A subject without a row never had a session.
    if (locked === undefined) return [];
    const values = [...rangeOf(subject), toText(subject), toText(keepSessionId), locked['epoch'], now];
    return (await query(statements.endOthers, values)).map(({ id }) => String(id));
  });
  if (endedIds.length > 0) await place(order);
  return endedIds;
}

function sessionOrNull([row]: readonly PostgresRow[]): Session | null {
  return row === undefined ? null : sessionOf(row);
}

/** Where the ids of a subject's sessions lie: from the first, and before the second. */
function rangeOf(subject: string): readonly [string, string] {
  const place = placeOfSubject(subject);
  return [place, place + afterIds];
}

function hashOfSubject(subject: string): string {
  return toHex(createHash('sha256').update(toText(subject)).digest());
}

/** What a subject's row is found by, and what it is made of. */
function keysOf(subject: string): readonly [string, string, string] {
  return [hashOfSubject(subject), placeOfSubject(subject), toText(subject)];
}
