import { decodeBase64url, encodeBase64url } from '../../base/base64url.js';
import { PawlError } from '../../errors.js';
import type { RotationState, Session } from '../../rotation/session.js';
import {
  type FixedRow,
  fixedReads as sqlFixedReads,
  newRow,
  sessionColumns,
  sessionOfRow,
  sessionReads,
  type SessionRow,
} from '../sql/session-row.js';
import type { SqliteValue } from './driver.js';

/** What no rotation writes of a row. */
export interface SqliteFixedRow extends FixedRow {
  readonly parent_id: Uint8Array | null;
}

/** A row of the table `sessions`, with the subject's epoch. */
export interface SqliteSessionRow extends SessionRow {
  readonly id: Uint8Array;
  readonly secret_hash: Uint8Array;
  readonly parent_id: Uint8Array | null;
  readonly seen: number;
}

const asItIs = (column: string): string => column;

/** What a {@link SqliteFixedRow} is read by. */
export const fixedReads: string = sqlFixedReads(asItIs, asItIs).join(', ');

/** What a {@link SqliteSessionRow} is read by, but for the subject's epoch. */
export const reads: string = sessionReads(asItIs, asItIs);

/** The instant from which the session of a row, named by its alias, is idle, as `idleExpiresAt` of the rule gives it. */
export function idleEndOf(row: string): string {
  return `(max(coalesce(${row}.rotated_at, ${row}.created_at), coalesce(${row}.used_at, 0)) + ${row}.idle_seconds)`;
}

/** In the order of `rotationColumns`. */
export function rotationValues(state: RotationState): SqliteValue[] {
  const { generation, fork, previousFork, rotatedAt, seen, network } = state;
  return [generation, fork, previousFork, rotatedAt, Number(seen), network];
}

/** The values of a new session's row, in the order of `sessionColumns`. */
export function rowOf(session: Session): SqliteValue[] {
  const row: Readonly<Record<string, SqliteValue | boolean>> = {
    ...newRow(session),
    id: toBlob(session.id),
    secret_hash: toBlob(session.secretHash),
    parent_id: session.parentId === null ? null : toBlob(session.parentId),
    epoch: session.epoch,
  };
  return sessionColumns.map((column) => {
    const value = row[column] ?? null;
    return typeof value === 'boolean' ? Number(value) : value;
  });
}

export function sessionOf(row: SqliteSessionRow): Session {
  const own = {
    id: encodeBase64url(row.id),
    parentId: parentIdOf(row),
    secretHash: encodeBase64url(row.secret_hash),
  };
  return sessionOfRow(row, own, row.seen === 1);
}

export function parentIdOf({ parent_id: id }: SqliteFixedRow): string | null {
  return id === null ? null : encodeBase64url(id);
}

/** @throws PawlError `internal` for a text that is not base64url */
export function toBlob(text: string): Uint8Array {
  const bytes = decodeBase64url(text);
  if (bytes === null) throw new PawlError('internal', 'session ids and secret hashes must be base64url');
  return bytes;
}
