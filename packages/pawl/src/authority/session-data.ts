import { PawlError } from '../errors.js';
import type { DataOutcome } from '../stores/index.js';
import type { JsonValue } from './custom-claims.js';
import { isSessionId } from '../sealed/session-id.js';
import type { Context } from './context.js';

/** What an application keeps beside a session. */
export interface SessionData {
  /** 0 before the first write, plus 1 with each. */
  readonly version: number;
  /** Empty before the first write. */
  readonly data: Readonly<Record<string, JsonValue>>;
}

/** As UTF-8. Larger things have a place of their own; data is read with each use of it. */
const maxDataBytes = 16_384;

/**
 * What the application keeps beside a session; null when the session is not alive.
 *
 * @throws PawlError `store_unavailable`
 */
export async function readData(context: Context, sessionId: string): Promise<SessionData | null> {
  if (!isSessionId(sessionId)) return null;
  const stored = await context.store.data.read(sessionId, context.now());
  if (stored === null) return null;
  const { version, value } = stored;
  return { version, data: value === null ? {} : (JSON.parse(value) as SessionData['data']) };
}

/**
 * Replaces what the application keeps beside a session, when nobody has written since `expectedVersion` was read and the session is alive.
 *
 * @throws PawlError `invalid_request` for data that is no JSON object or exceeds 16 KiB, `store_unavailable`: unknown outcome, repeating answers
 * `conflict` when it had been written
 */
export async function writeData(
  context: Context,
  sessionId: string,
  data: Readonly<Record<string, JsonValue>>,
  expectedVersion: number,
): Promise<DataOutcome> {
  const value = textOf(data);
  if (!Number.isSafeInteger(expectedVersion) || expectedVersion < 0) {
    throw malformed('expectedVersion', 'the version that was read');
  }
  if (!isSessionId(sessionId)) return 'ended';
  return context.store.data.write(sessionId, expectedVersion, value, context.now());
}

function textOf(data: Readonly<Record<string, JsonValue>>): string {
  const text = jsonOf(data);
  if (text?.startsWith('{') !== true) throw malformed('data', 'an object that JSON can hold');
  if (Buffer.byteLength(text) > maxDataBytes) {
    throw malformed('data', `at most ${String(maxDataBytes)} bytes of JSON`);
  }
  return text;
}

function jsonOf(data: unknown): string | undefined {
  try {
    return JSON.stringify(data);
  } catch {
    return undefined;
  }
}

function malformed(name: string, rule: string): PawlError {
  const detail = `"${name}" must be ${rule}.`;
  return new PawlError('invalid_request', detail, { detail });
}
