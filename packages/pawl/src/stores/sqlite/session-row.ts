import { fromBase64url } from '../../base/bytes.js';
import { PawlError } from '../../errors.js';
import { initialRotation, type RotationState, type Session } from '../../rotation/session.js';
import type { NewSession } from '../store.js';
import type { SqliteValue } from './driver.js';
import { fromNullableText, fromText, toNullableText, toText } from '../text.js';

/** The columns that no rotation writes, without those that every caller knows. */
export interface FixedRow {
  readonly subject: string;
  readonly client_id: string;
  readonly scope: string;
  readonly amr: string;
  readonly acr: string | null;
  readonly device: string | null;
  readonly bound_key: string | null;
  readonly created_at: number;
  readonly expires_at: number;
  readonly idle_seconds: number;
  readonly epoch: number;
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
  readonly subject_epoch: number;
}

export const fixedColumns = [
  'subject',
  'client_id',
  'scope',
  'amr',
  'acr',
  'device',
  'bound_key',
  'created_at',
  'expires_at',
  'idle_seconds',
  'epoch',
] as const;

/** In the order of {@link rowOf}. */
export const columns: readonly string[] = [
  'id',
  'secret_hash',
  ...fixedColumns,
  'revoked_at',
  'generation',
  'fork',
  'previous_fork',
  'rotated_at',
  'seen',
];

/** The values of a new session's row. */
export function rowOf(session: NewSession, epoch: number): SqliteValue[] {
  const { generation, fork, previousFork, rotatedAt, seen } = initialRotation;
  return [
    toBlob(session.id),
    toBlob(session.secretHash),
    toText(session.subject),
    toText(session.clientId),
    toText(session.scope),
    JSON.stringify(session.amr),
    toNullableText(session.acr),
    toNullableText(session.device),
    toNullableText(session.boundKey),
    session.createdAt,
    session.expiresAt,
    session.idleSeconds,
    epoch,
    null,
    generation,
    fork,
    previousFork,
    rotatedAt,
    Number(seen),
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
    boundKey: fromNullableText(row.bound_key),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    idleSeconds: row.idle_seconds,
    epoch: row.epoch,
    subjectEpoch: moving.subjectEpoch,
    revokedAt: moving.revokedAt,
    generation: moving.generation,
    fork: moving.fork,
    previousFork: moving.previousFork,
    rotatedAt: moving.rotatedAt,
    seen: moving.seen,
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
  });
}

function toBlob(text: string): Buffer {
  const bytes = fromBase64url(text);
  if (bytes === null) throw new PawlError('internal', 'session ids and secret hashes must be base64url');
  return bytes;
}

function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
