import { fromBase64url } from '../../base/bytes.js';
import { PawlError } from '../../errors.js';
import { initialRotation, type RotationState, type Session } from '../../rotation/session.js';
import type { NewSession } from '../session-store.js';
import type { SqliteValue } from './driver.js';
import { bindingFrom, bindingText } from '../binding-text.js';
import { policyFrom } from '../policy-text.js';
import { rotationColumns } from '../rotation-columns.js';
import { fromNullableText, fromText, toNullableText, toText } from '../text.js';

/** The columns that no rotation writes, without those that every caller knows. */
export interface FixedRow {
  readonly subject: string;
  readonly client_id: string;
  readonly scope: string;
  readonly amr: string;
  readonly acr: string | null;
  readonly device: string | null;
  readonly binding: string | null;
  readonly resources: string;
  readonly parent_id: Uint8Array | null;
  /** Offline (1), of a third party (2) and owing a logout (4), added up in the place of three columns. */
  readonly marks: number;
  readonly auth_time: number;
  readonly used_at: number | null;
  readonly created_at: number;
  readonly expires_at: number;
  readonly idle_seconds: number;
  readonly window_seconds: number;
  /** As `policyText` makes it, in the place of three columns. */
  readonly policy_text: string;
  readonly epoch: number;
  readonly floor: number;
}

/** A row of the table `sessions`, with the subject's epoch. */
export interface SessionRow extends FixedRow {
  readonly id: Uint8Array;
  readonly secret_hash: Uint8Array;
  readonly revoked_at: number | null;
  readonly generation: number;
  readonly fork: number;
  readonly previous_fork: number | null;
  readonly rotated_at: number | null;
  readonly seen: number;
  readonly network: string | null;
  readonly subject_epoch: number;
}

const fixedColumns = [
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

/** In the order of {@link rotationColumns}. */
export function rotationValues(state: RotationState): SqliteValue[] {
  const { generation, fork, previousFork, rotatedAt, seen, network } = state;
  return [generation, fork, previousFork, rotatedAt, Number(seen), network];
}

const policyColumns = ['resilient', 'on_reuse', 'on_wrong_key'];
const markColumns = ['offline', 'third_party', 'logout_owed'];

/** In the order of {@link rowOf}. */
export const columns: readonly string[] = [
  'id',
  'secret_hash',
  ...fixedColumns,
  ...policyColumns,
  ...markColumns,
  'revoked_at',
  ...rotationColumns,
];

/** What a {@link FixedRow} is read by. Each column costs about as much as the look-up, so three are one. */
export const fixedReads: string = [
  ...fixedColumns,
  `${policyColumns.join(" || '/' || ")} as policy_text`,
  'offline + 2 * third_party + 4 * logout_owed as marks',
].join(', ');

/** What a {@link SessionRow} is read by, but for the subject's epoch. */
export const reads: string = ['id', 'secret_hash', fixedReads, 'revoked_at', ...rotationColumns].join(', ');

/** The instant from which a session is idle, as `idleExpiresAt` of the rule gives it. */
export const idleEnd = 'max(coalesce(rotated_at, created_at), coalesce(used_at, 0)) + idle_seconds';

/** The values of a new session's row. */
export function rowOf(session: NewSession, epoch: number): SqliteValue[] {
  const { policy } = session;
  return [
    toBlob(session.id),
    toBlob(session.secretHash),
    toText(session.subject),
    toText(session.clientId),
    toText(session.scope),
    JSON.stringify(session.amr),
    toNullableText(session.acr),
    toNullableText(session.device),
    toNullableText(bindingText(session.binding)),
    JSON.stringify(session.resources),
    session.parentId === null ? null : toBlob(session.parentId),
    session.authTime,
    null,
    session.createdAt,
    session.expiresAt,
    session.idleSeconds,
    policy.windowSeconds,
    epoch,
    0,
    Number(policy.resilient),
    policy.onReuse,
    policy.onWrongKey,
    Number(session.offline),
    Number(session.thirdParty),
    Number(session.logoutOwed),
    null,
    ...rotationValues(initialRotation),
  ];
}

/** What a session's fixed columns do not hold. */
export type MovingPart = RotationState & Pick<Session, 'id' | 'secretHash' | 'subjectEpoch' | 'revokedAt'>;

/** Member by member: on Node 20 a spread of this many costs more than the look-up of the row. */
export function sessionFrom(row: FixedRow, moving: MovingPart): Session {
  return {
    id: moving.id,
    secretHash: moving.secretHash,
    subject: fromText(row.subject),
    clientId: fromText(row.client_id),
    scope: fromText(row.scope),
    amr: JSON.parse(row.amr) as readonly string[],
    acr: fromNullableText(row.acr),
    device: fromNullableText(row.device),
    binding: bindingFrom(fromNullableText(row.binding)),
    resources: JSON.parse(row.resources) as readonly string[],
    parentId: row.parent_id === null ? null : toBase64url(row.parent_id),
    offline: (row.marks & 1) !== 0,
    thirdParty: (row.marks & 2) !== 0,
    logoutOwed: (row.marks & 4) !== 0,
    authTime: row.auth_time,
    usedAt: row.used_at,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    idleSeconds: row.idle_seconds,
    policy: policyFrom(row.window_seconds, row.policy_text),
    epoch: row.epoch,
    floor: row.floor,
    subjectEpoch: moving.subjectEpoch,
    revokedAt: moving.revokedAt,
    generation: moving.generation,
    fork: moving.fork,
    previousFork: moving.previousFork,
    rotatedAt: moving.rotatedAt,
    seen: moving.seen,
    network: moving.network,
  };
}

export function sessionOf(row: SessionRow): Session {
  return sessionFrom(row, {
    id: toBase64url(row.id),
    secretHash: toBase64url(row.secret_hash),
    subjectEpoch: row.subject_epoch,
    revokedAt: row.revoked_at,
    generation: row.generation,
    fork: row.fork,
    previousFork: row.previous_fork,
    rotatedAt: row.rotated_at,
    seen: row.seen === 1,
    network: row.network,
  });
}

function toBlob(text: string): Buffer {
  const bytes = fromBase64url(text);
  if (bytes === null) throw new PawlError('internal', 'session ids and secret hashes must be base64url');
  return bytes;
}

export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
