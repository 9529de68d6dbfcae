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
export const columns: readonly string[] = [...fixedColumns, 'secret_hash', 'revoked_at', ...rotationColumns];

/** A row of the table `sessions`, with the subject's epoch. Values are the server's texts. */
export type SessionRow = Readonly<
  Record<Exclude<(typeof fixedColumns)[number], 'acr' | 'device' | 'binding'>, string>
> & {
  readonly acr: string | null;
  readonly device: string | null;
  readonly binding: string | null;
  readonly secret_hash: string;
  readonly revoked_at: string | null;
  readonly generation: string;
  readonly fork: string;
  readonly previous_fork: string | null;
  readonly rotated_at: string | null;
  readonly seen: string;
  readonly network: string | null;
  readonly subject_epoch: string;
};

/** The values of a new session's row, in the order of {@link columns}. */
export function valuesOf(session: NewSession, epoch: number): unknown[] {
  const { policy } = session;
  return [
    session.id,
    toText(session.subject),
    toText(session.clientId),
    toText(session.scope),
    JSON.stringify(session.amr),
    toNullableText(session.acr),
    toNullableText(session.device),
    toNullableText(bindingText(session.binding)),
    session.createdAt,
    session.expiresAt,
    session.idleSeconds,
    policy.windowSeconds,
    policy.resilient,
    policy.onReuse,
    policy.onWrongKey,
    epoch,
    0,
    requireHash(session.secretHash),
    null,
    ...rotationValues(initialRotation),
  ];
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
