import { createHash } from 'node:crypto';
import type { EpochSeconds } from '../../base/clock.js';
import { endOf, reauthenticated, rotationOf, type Session } from '../../rotation/session.js';
import { bindingText } from '../binding-text.js';
import {
  type ApplyResult,
  compareAge,
  type CreateRequest,
  type CreateResult,
  type EndedSession,
  type Reauthentication,
  type RevokedClient,
  type RotateResult,
  type SessionStore,
  type StoreChange,
} from '../session-store.js';
import { placeOfSubject } from '../subject-tag.js';
import { rotationColumns } from '../sql/session-row.js';
import { toNullableText, toText } from '../text.js';
import { sha256Witness } from '../witness.js';
import type { PostgresConnection } from './connection.js';
import type { PostgresRow } from './driver.js';
import type { FeedOrder } from './feed-order.js';
import { Rotations } from './rotations.js';
import { hashFrom, isTrue, newRowText, rotationValues, sessionOf, toHex } from './session-row.js';
import type { PostgresSessionStatements } from './session-statements.js';
import type { Statement } from './statement.js';

/** @param order - is told of each end, whose entry the database has added in the same transaction */
export function createSessions(
  connection: PostgresConnection,
  statements: PostgresSessionStatements,
  order: FeedOrder,
): SessionStore {
  const rotations = new Rotations(
    (values, progress) => connection.run(statements.rotate, values, progress),
    connection.deadlineMilliseconds,
  );
  const steps = { connection, statements, order };

  return {
    witness: sha256Witness,
    create: (request) => connection.accept(() => create(steps, request)),
    rotate: (attempt) => connection.accept(() => rotations.rotate(attempt)),
    apply: (read, change, now) => connection.accept(() => apply(steps, read, change, now)),
    reauthenticate: (read, by, network, now) =>
      connection.accept(() => reauthenticate(steps, read, by, network, now)),
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
    revokeClient: (subject, clientId, now) =>
      connection.accept(() => revokeClient(steps, subject, clientId, now)),
    clientCounterOf: (subject, clientId) =>
      connection.accept(async () => {
        const [row] = await connection.run(statements.clientCounter, [counterKeyOf(subject, clientId)]);
        return row === undefined ? 0 : Number(row['counter']);
      }),
    logoutsOwed: (subject, now) =>
      connection.accept(async () => {
        const rows = await connection.run(statements.logoutsOwed, [...keysOf(subject), now]);
        return rows.map(sessionOf);
      }),
    clearLogoutOwed: (sessionId) =>
      connection.accept(async () => {
        const rows = await connection.run(statements.clearLogoutOwed, [toText(sessionId)]);
        return rows.length > 0;
      }),
  };
}

/** In the place of {@link rotationValues}: a session is ended wherever it stands. */
const anyRotation: readonly null[] = rotationColumns.map(() => null);

interface Steps {
  readonly connection: PostgresConnection;
  readonly statements: PostgresSessionStatements;
  readonly order: FeedOrder;
}

/** The end is committed and its entry too, so whoever reads the feed next gives it its place if this fails. */
function place(order: FeedOrder): Promise<void> {
  return order.place().catch(() => undefined);
}

async function create(
  { connection, statements, order }: Steps,
  { session, limits, witness, use, clientCounter, now }: CreateRequest,
): Promise<CreateResult> {
  const [subjectHash, subjectPlace] = keysOf(session.subject);
  const [row = {}] = await connection.run(statements.create, [
    newRowText(session),
    subjectHash,
    subjectPlace,
    limits.sessions,
    limits.perClient,
    limits.clientSessions,
    witness,
    use?.generation ?? null,
    use?.fork ?? null,
    counterKeyOf(session.subject, session.clientId),
    clientCounter,
    now,
  ]);
  const outcome = row['outcome'] as CreateResult['outcome'];
  if (outcome === 'repeated' || outcome === 'used') return { outcome, session: sessionOf(row) };
  if (outcome !== 'created') return { outcome };
  const endedIds = endedIdsOf(row);
  if (endedIds.length > 0) await place(order);
  return { outcome, session: sessionOf(row), endedIds };
}

async function apply(
  steps: Steps,
  read: Session,
  change: StoreChange,
  now: EpochSeconds,
): Promise<ApplyResult> {
  const { connection, statements, order } = steps;
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
      ? await endOne(steps, [toText(read.id), null, ...rotationValues(read)], now)
      : appliedOf(await run(statements.endSubjectOf, [now]), (found) => ({
          ...found,
          subjectEpoch: found.subjectEpoch + 1,
        }));
  if (result.applied) await place(order);
  return result;
}

/** The row is the record as the step found it. */
function appliedOf(row: PostgresRow | undefined, change: (found: Session) => Session): ApplyResult {
  if (row === undefined) return { applied: false, session: null, endedIds: [] };
  const found = sessionOf(row);
  return isTrue(row['applied'])
    ? { applied: true, session: change(found), endedIds: [] }
    : { applied: false, session: found, endedIds: [] };
}

async function endOne(
  { connection, statements }: Steps,
  values: readonly unknown[],
  now: EpochSeconds,
): Promise<ApplyResult> {
  const [row = {}] = await connection.run(statements.endSession, [...values, now]);
  // The function answers with a row also when there is no such session.
  if (row['id'] === null) return { applied: false, session: null, endedIds: [] };
  const result = appliedOf(row, (found) => ({ ...found, revokedAt: now }));
  return { ...result, endedIds: endedIdsOf(row) };
}

async function reauthenticate(
  { connection, statements }: Steps,
  read: Session,
  { authTime, acr, amr }: Reauthentication,
  network: string | null,
  now: EpochSeconds,
): Promise<RotateResult> {
  const written = [now, network, authTime, toNullableText(acr), JSON.stringify(amr)];
  const values = [toText(read.id), ...rotationValues(read), ...written];
  const [row] = await connection.run(statements.reauthenticate, values);
  const { applied, session } = appliedOf(row, (found) => ({
    ...found,
    ...reauthenticated(found, now, network),
    authTime,
    acr,
    amr: [...amr],
  }));
  return { rotated: applied, session };
}

async function find({ connection, statements }: Steps, sessionId: string): Promise<Session | null> {
  return sessionOrNull(await connection.run(statements.find, [toText(sessionId)]));
}

async function list(
  { connection, statements }: Steps,
  subject: string,
  now: EpochSeconds,
): Promise<readonly Session[]> {
  const rows = await connection.run(statements.ofSubject, [placeOfSubject(subject), toText(subject)]);
  return rows
    .map(sessionOf)
    .filter((session) => endOf(session, now) === null)
    .sort(compareAge)
    .reverse();
}

async function revokeSession(
  steps: Steps,
  sessionId: string,
  secretHash: string | null,
  now: EpochSeconds,
): Promise<EndedSession | null> {
  // No hash is empty: what is no hash equals none.
  const hash = secretHash === null ? null : (hashFrom(secretHash) ?? '\\x');
  const { applied, session, endedIds } = await endOne(steps, [toText(sessionId), hash, ...anyRotation], now);
  if (!applied || session === null) return null;
  await place(steps.order);
  return { session, endedIds };
}

async function revokeOthers(
  { connection, statements, order }: Steps,
  subject: string,
  keepSessionId: string,
  now: EpochSeconds,
): Promise<readonly string[]> {
  const values = [hashOfSubject(subject), toText(keepSessionId), now];
  const [row = {}] = await connection.run(statements.endOthers, values);
  const endedIds = endedIdsOf(row);
  if (endedIds.length > 0) await place(order);
  return endedIds;
}

async function revokeClient(
  { connection, statements, order }: Steps,
  subject: string,
  clientId: string,
  now: EpochSeconds,
): Promise<RevokedClient> {
  const values = [...keysOf(subject), counterKeyOf(subject, clientId), toText(clientId), now];
  const [row = {}] = await connection.run(statements.endClient, values);
  const endedIds = endedIdsOf(row);
  if (endedIds.length > 0) await place(order);
  return { counter: Number(row['raised']), endedIds };
}

/** What a function of the schema gives as one text. */
function endedIdsOf(row: PostgresRow): readonly string[] {
  const text = row['ended_ids'];
  return typeof text === 'string' && text !== '' ? text.split(' ') : [];
}

function sessionOrNull([row]: readonly PostgresRow[]): Session | null {
  return row === undefined ? null : sessionOf(row);
}

function hashOfSubject(subject: string): string {
  return toHex(createHash('sha256').update(toText(subject)).digest());
}

/** What the counter of a subject and a client is found by. */
function counterKeyOf(subject: string, clientId: string): string {
  const subjectHash = createHash('sha256').update(toText(subject)).digest();
  return toHex(createHash('sha256').update(subjectHash).update(toText(clientId)).digest());
}

/** What a subject's row is found by, and what it is made of. */
function keysOf(subject: string): readonly [string, string, string] {
  return [hashOfSubject(subject), placeOfSubject(subject), toText(subject)];
}
