import { initialRotation, type RotationState, type Session } from '../../rotation/session.js';
import { bindingFrom, bindingText } from '../binding-text.js';
import { policyFrom } from '../policy-text.js';
import type { NewSession } from '../session-store.js';
import { fromNullableText, fromText, toNullableText, toText } from '../text.js';

// The table `sessions` of every SQL store, and what becomes of its rows. Ids, hashes and truth values are each database's own.

/** What a rotation writes of a row. */
export const rotationColumns: readonly string[] = [
  'generation',
  'fork',
  'previous_fork',
  'rotated_at',
  'seen',
  'network',
];

/** The columns that no rotation writes, and that are read as they are. */
const plainColumns = [
  'subject',
  'client_id',
  'scope',
  'amr',
  'acr',
  'device',
  'binding',
  'resources',
  'parent_id',
  'auth_time',
  'used_at',
  'created_at',
  'expires_at',
  'idle_seconds',
  'window_seconds',
  'epoch',
  'floor',
] as const;

const policyColumns = ['resilient', 'on_reuse', 'on_wrong_key'] as const;
const markColumns = ['offline', 'third_party', 'logout_owed'] as const;

/** Every column that a record is made of. */
export const sessionColumns: readonly string[] = [
  'id',
  'secret_hash',
  ...plainColumns,
  ...policyColumns,
  ...markColumns,
  'revoked_at',
  ...rotationColumns,
];

/** How a database spells a number that says whether a column is true. */
export type ToNumber = (column: string) => string;

/**
 * What a {@link FixedRow} is read by. Each column costs about as much as the look-up of the row, so what belongs together is one.
 *
 * @param columnOf - names a column of the table or expression that is read
 */
export function fixedReads(columnOf: (column: string) => string, toNumber: ToNumber): readonly string[] {
  const numberIn = (column: string): string => toNumber(columnOf(column));
  const [resilient, onReuse, onWrongKey] = policyColumns;
  const [offline, thirdParty, logoutOwed] = markColumns;
  return [
    ...plainColumns.map(columnOf),
    `${numberIn(resilient)} || '/' || ${columnOf(onReuse)} || '/' || ${columnOf(onWrongKey)} as policy_text`,
    `${numberIn(offline)} + 2 * ${numberIn(thirdParty)} + 4 * ${numberIn(logoutOwed)} as marks`,
  ];
}

/** What a {@link SessionRow} is read by, but for the subject's epoch. */
export function sessionReads(columnOf: (column: string) => string, toNumber: ToNumber): string {
  const rest = ['id', 'secret_hash', 'revoked_at', ...rotationColumns].map(columnOf);
  return [...fixedReads(columnOf, toNumber), ...rest].join(', ');
}

/** A number as a database gives it. */
type Numeric = number | string;

/** What no rotation writes of a row. */
export interface FixedRow {
  readonly subject: string;
  readonly client_id: string;
  readonly scope: string;
  readonly amr: string;
  readonly acr: string | null;
  readonly device: string | null;
  readonly binding: string | null;
  readonly resources: string;
  readonly auth_time: Numeric;
  readonly used_at: Numeric | null;
  readonly created_at: Numeric;
  readonly expires_at: Numeric;
  readonly idle_seconds: Numeric;
  readonly window_seconds: Numeric;
  readonly epoch: Numeric;
  readonly floor: Numeric;
  /** As `policyText` makes it. */
  readonly policy_text: string;
  /** Offline (1), of a third party (2) and owing a logout (4), added up. */
  readonly marks: Numeric;
}

/** A row of the table `sessions`, with the subject's epoch. */
export interface SessionRow extends FixedRow {
  readonly revoked_at: Numeric | null;
  readonly generation: Numeric;
  readonly fork: Numeric;
  readonly previous_fork: Numeric | null;
  readonly rotated_at: Numeric | null;
  readonly network: string | null;
  readonly subject_epoch: Numeric;
}

/** What each database keeps in its own way. */
export type OwnPart = Pick<Session, 'id' | 'parentId' | 'secretHash'>;

/** What a caller may know better than the row. */
export type MovingPart = RotationState & Pick<Session, 'subjectEpoch' | 'revokedAt'>;

/** Member by member: on Node 20 a spread of this many costs more than the look-up of the row. */
export function sessionFrom(row: FixedRow, own: OwnPart, moving: MovingPart): Session {
  const marks = Number(row.marks);
  return {
    id: own.id,
    secretHash: own.secretHash,
    subject: fromText(row.subject),
    clientId: fromText(row.client_id),
    scope: fromText(row.scope),
    parentId: own.parentId,
    authTime: Number(row.auth_time),
    resources: JSON.parse(row.resources) as readonly string[],
    offline: (marks & 1) !== 0,
    thirdParty: (marks & 2) !== 0,
    logoutOwed: (marks & 4) !== 0,
    amr: JSON.parse(row.amr) as readonly string[],
    acr: fromNullableText(row.acr),
    device: fromNullableText(row.device),
    binding: bindingFrom(fromNullableText(row.binding)),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    idleSeconds: Number(row.idle_seconds),
    policy: policyFrom(Number(row.window_seconds), row.policy_text),
    epoch: Number(row.epoch),
    floor: Number(row.floor),
    subjectEpoch: moving.subjectEpoch,
    usedAt: toNullableNumber(row.used_at),
    revokedAt: moving.revokedAt,
    generation: moving.generation,
    fork: moving.fork,
    previousFork: moving.previousFork,
    rotatedAt: moving.rotatedAt,
    seen: moving.seen,
    network: moving.network,
  };
}

/** The record of a whole row. */
export function sessionOfRow(row: SessionRow, own: OwnPart, seen: boolean): Session {
  return sessionFrom(row, own, {
    subjectEpoch: Number(row.subject_epoch),
    revokedAt: toNullableNumber(row.revoked_at),
    generation: Number(row.generation),
    fork: Number(row.fork),
    previousFork: toNullableNumber(row.previous_fork),
    rotatedAt: toNullableNumber(row.rotated_at),
    seen,
    network: row.network,
  });
}

/** The row of a new session, but for its epoch and for what each database keeps in its own way. Columns that a new session leaves empty are left out. */
export function newRow(session: NewSession): Readonly<Record<string, string | number | boolean | null>> {
  const { policy } = session;
  return {
    subject: toText(session.subject),
    client_id: toText(session.clientId),
    scope: toText(session.scope),
    amr: JSON.stringify(session.amr),
    acr: toNullableText(session.acr),
    device: toNullableText(session.device),
    binding: toNullableText(bindingText(session.binding)),
    resources: JSON.stringify(session.resources),
    auth_time: session.authTime,
    created_at: session.createdAt,
    expires_at: session.expiresAt,
    idle_seconds: session.idleSeconds,
    window_seconds: policy.windowSeconds,
    floor: 0,
    resilient: policy.resilient,
    on_reuse: policy.onReuse,
    on_wrong_key: policy.onWrongKey,
    offline: session.offline,
    third_party: session.thirdParty,
    logout_owed: session.logoutOwed,
    generation: initialRotation.generation,
    fork: initialRotation.fork,
    seen: initialRotation.seen,
  };
}

function toNullableNumber(value: Numeric | null): number | null {
  return value === null ? null : Number(value);
}
