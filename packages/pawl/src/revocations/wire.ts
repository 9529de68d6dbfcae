import { isJsonObject, type JsonObject, readJsonObject } from '../base/json-object.js';
import type { Revocation } from '../stores/revocations.js';

// What `GET /revocations` sends, see docs/revocations.md. Both sides are here, so that they cannot differ.

/** `hello`: what holds for the whole stream. */
export interface Hello {
  /** For how long a revocation is kept, from when it was heard of. */
  readonly retentionSeconds: number;
  /** The longest time between two events. */
  readonly heartbeatSeconds: number;
}

/** `complete` and `heartbeat`: how old the sender's own knowledge is; null when it misses something. */
export interface Freshness {
  readonly stalenessSeconds: number | null;
}

/** The text of one event. */
export function eventText(event: string, data: object, id?: string): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}

/** @returns null for anything that is no `hello` */
export function readHello(data: string): Hello | null {
  const { retentionSeconds, heartbeatSeconds } = readObject(data);
  return isPositive(retentionSeconds) && isPositive(heartbeatSeconds)
    ? { retentionSeconds, heartbeatSeconds }
    : null;
}

/** Infinity where the sender misses something or does not say. */
export function readStaleness(data: string): number {
  const { stalenessSeconds } = readObject(data);
  return typeof stalenessSeconds === 'number' && stalenessSeconds >= 0
    ? stalenessSeconds
    : Number.POSITIVE_INFINITY;
}

/** What is not understood, for instance a kind of a later version, makes the whole null: nothing is skipped in silence. */
export function readRevocations(data: string): Revocation[] | null {
  const { revocations } = readObject(data);
  if (!Array.isArray(revocations)) return null;
  const read = revocations.map(readRevocation);
  return read.every((revocation) => revocation !== null) ? read : null;
}

function readRevocation(value: unknown): Revocation | null {
  if (!isJsonObject(value)) return null;
  const { kind, sessionId, subject, epoch, kid } = value;
  if (kind === 'session' && typeof sessionId === 'string') return { kind, sessionId };
  if (kind === 'subject' && typeof subject === 'string' && typeof epoch === 'number') {
    return { kind, subject, epoch };
  }
  return kind === 'key' && typeof kid === 'string' ? { kind, kid } : null;
}

/** What is no object has no member. */
function readObject(data: string): JsonObject {
  return readJsonObject(data) ?? {};
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && Number.isFinite(value);
}
