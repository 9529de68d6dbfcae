import { fromBase64url } from '../../base/bytes.js';
import { PawlError } from '../../errors.js';
import { initialRotation, type RotationState, type Session } from '../../rotation/session.js';
import type { NewSession } from '../session-store.js';
import { bindingFrom, bindingText } from '../binding-text.js';
import { policyFrom } from '../policy-text.js';
import { rotationColumns } from '../rotation-columns.js';
import { fromNullableText, fromText, toNullableText, toText } from '../text.js';
import type { PostgresRow } from './driver.js';

/** The columns that no rotation writes. */
const fixedColumns = [
  'id',
  'subject',
  'client_id',
  'scope',
  'parent_id',
  'auth_time',
  'resources',
  'offline',
  'third_party',
  'logout_owed',
  'amr',
  'acr',
  'device',
  'binding',
  'created_at',
  'expires_at',
  'idle_seconds',
  'window_seconds',
  'resilient',
  'on_reuse',
  'on_wrong_key',
  'epoch',
  'floor',
] as const;

/** In the order of {@link rotationColumns}. */
export function rotationValues(state: RotationState): unknown[] {
  const { generation, fork, previousFork, rotatedAt, seen, network } = state;
  return [generation, fork, previousFork, rotatedAt, seen, network];
}

/** Every column of the table `sessions`. */
export const columns: readonly string[] = [
  ...fixedColumns,
  'secret_hash',
  'used_at',
  'revoked_at',
  ...rotationColumns,
];

/** A row of the table `sessions`, with the subject's epoch. Values are the server's texts. */
export type SessionRow = Readonly<
  Record<Exclude<(typeof fixedColumns)[number], 'parent_id' | 'acr' | 'device' | 'binding'>, string>
> & {
  readonly parent_id: string | null;
  readonly acr: string | null;
  readonly device: string | null;
  readonly binding: string | null;
  readonly secret_hash: string;
  readonly used_at: string | null;
  readonly revoked_at: string | null;
  readonly generation: string;
  readonly fork: string;
  readonly previous_fork: string | null;
  readonly rotated_at: string | null;
  readonly seen: string;
  readonly network: string | null;
  readonly subject_epoch: string;
};

/** The row of a new session, as JSON of its columns. The epoch is the store's, as it is by then; what is null is left out. */
export function newRowText(session: NewSession): string {
  const { policy } = session;
  return JSON.stringify({
    id: session.id,
    subject: toText(session.subject),
    client_id: toText(session.clientId),
    scope: toText(session.scope),
    parent_id: toNullableText(session.parentId),
    auth_time: session.authTime,
    resources: JSON.stringify(session.resources),
    offline: session.offline,
    third_party: session.thirdParty,
    logout_owed: session.logoutOwed,
    amr: JSON.stringify(session.amr),
    acr: toNullableText(session.acr),
    device: toNullableText(session.device),
    binding: toNullableText(bindingText(session.binding)),
    created_at: session.createdAt,
    expires_at: session.expiresAt,
    idle_seconds: session.idleSeconds,
    window_seconds: policy.windowSeconds,
    resilient: policy.resilient,
    on_reuse: policy.onReuse,
    on_wrong_key: policy.onWrongKey,
    floor: 0,
    secret_hash: requireHash(session.secretHash),
    generation: initialRotation.generation,
    fork: initialRotation.fork,
    seen: initialRotation.seen,
  });
}

/** What a session's fixed columns do not hold. */
export type MovingPart = RotationState & Pick<Session, 'secretHash' | 'subjectEpoch' | 'revokedAt'>;

/** Member by member: on Node 20 a spread of this many is slow. */
export function sessionFrom(row: SessionRow, moving: MovingPart): Session {
  return {
    id: row.id,
    secretHash: moving.secretHash,
    subject: fromText(row.subject),
    clientId: fromText(row.client_id),
    scope: fromText(row.scope),
    parentId: fromNullableText(row.parent_id),
    authTime: Number(row.auth_time),
    resources: JSON.parse(row.resources) as readonly string[],
    offline: isTrue(row.offline),
    thirdParty: isTrue(row.third_party),
    logoutOwed: isTrue(row.logout_owed),
    amr: JSON.parse(row.amr) as readonly string[],
    acr: fromNullableText(row.acr),
    device: fromNullableText(row.device),
    binding: bindingFrom(fromNullableText(row.binding)),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    idleSeconds: Number(row.idle_seconds),
    policy: policyFrom(Number(row.window_seconds), policyTextOf(row)),
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

export function sessionOf(values: PostgresRow): Session {
  const row = values as SessionRow;
  return sessionFrom(row, {
    secretHash: fromHex(row.secret_hash).toString('base64url'),
    subjectEpoch: Number(row.subject_epoch),
    revokedAt: toNullableNumber(row.revoked_at),
    generation: Number(row.generation),
    fork: Number(row.fork),
    previousFork: toNullableNumber(row.previous_fork),
    rotatedAt: toNullableNumber(row.rotated_at),
    seen: isTrue(row.seen),
    network: row.network,
  });
}

function policyTextOf({ resilient, on_reuse, on_wrong_key }: SessionRow): string {
  return `${isTrue(resilient) ? '1' : '0'}/${on_reuse}/${on_wrong_key}`;
}

export function isTrue(value: unknown): boolean {
  return value === 't';
}

/** The text that the server takes for bytes. */
export function toHex(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

export function fromHex(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex');
}

/** The bytes of a secret hash; null for a text that is none. */
export function hashFrom(secretHash: string): string | null {
  const bytes = fromBase64url(secretHash);
  return bytes === null ? null : toHex(bytes);
}

function requireHash(secretHash: string): string {
  const hash = hashFrom(secretHash);
  if (hash === null) throw new PawlError('internal', 'secret hashes must be base64url');
  return hash;
}

function toNullableNumber(text: string | null): number | null {
  return text === null ? null : Number(text);
}
