import { decodeBase64url } from '../../base/base64url.js';
import { bufferOf } from '../../base/bytes.js';
import { PawlError } from '../../errors.js';
import type { RotationState, Session } from '../../rotation/session.js';
import type { NewSession } from '../session-store.js';
import {
  newRow,
  type OwnPart,
  sessionColumns,
  sessionOfRow,
  sessionReads,
  type SessionRow,
} from '../sql/session-row.js';
import { fromNullableText, toNullableText } from '../text.js';
import type { PostgresRow } from './driver.js';

/** A row of the table `sessions`, with the subject's epoch. Values are the server's texts. */
export interface PostgresSessionRow extends SessionRow {
  readonly id: string;
  readonly parent_id: string | null;
  readonly secret_hash: string;
  readonly seen: string;
}

/** The columns of a row that is named like this. */
export function columnsOf(row: string): string {
  return sessionColumns.map((column) => `${row}.${column}`).join(', ');
}

/** What a {@link PostgresSessionRow} is read by from a row that is named like this, but for the subject's epoch. */
export function readsOf(row: string): string {
  return sessionReads(
    (column) => `${row}.${column}`,
    (column) => `${column}::integer`,
  );
}

/** In the order of `rotationColumns`. */
export function rotationValues(state: RotationState): unknown[] {
  const { generation, fork, previousFork, rotatedAt, seen, network } = state;
  return [generation, fork, previousFork, rotatedAt, seen, network];
}

/** The row of a new session, as JSON of its columns. The epoch is the store's, as it is by then. */
export function newRowText(session: NewSession): string {
  return JSON.stringify({
    ...newRow(session),
    id: session.id,
    secret_hash: requireHash(session.secretHash),
    parent_id: toNullableText(session.parentId),
  });
}

export function sessionOf(values: PostgresRow): Session {
  const row = values as unknown as PostgresSessionRow;
  const secretHash = fromHex(row.secret_hash).toString('base64url');
  return sessionOfRow(row, ownPartOf(row, secretHash), isTrue(row.seen));
}

export function ownPartOf({ id, parent_id: parentId }: PostgresSessionRow, secretHash: string): OwnPart {
  return { id, parentId: fromNullableText(parentId), secretHash };
}

export function isTrue(value: unknown): boolean {
  return value === 't';
}

/** The text that the server takes for bytes. */
export function toHex(bytes: Uint8Array): string {
  return `\\x${bufferOf(bytes).toString('hex')}`;
}

export function fromHex(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex');
}

/** The bytes of a secret hash; null for a text that is none. */
export function hashFrom(secretHash: string): string | null {
  const bytes = decodeBase64url(secretHash);
  return bytes === null ? null : toHex(bytes);
}

function requireHash(secretHash: string): string {
  const hash = hashFrom(secretHash);
  if (hash === null) throw new PawlError('internal', 'secret hashes must be base64url');
  return hash;
}
