import { decodeBase64url } from '../base/base64url.js';
import { bufferOf, equalBytes } from '../base/bytes.js';
import type { EpochSeconds } from '../base/clock.js';
import type { RefreshKey } from '../keys/index.js';
import type { FindRefreshKey } from './refresh-codec.js';

/**
 * A nonce is good for the rest of its period and all of the next one. So a client that refreshes when its access token ends (300 s by
 * default) still holds a good one, and needs one request for it.
 */
const noncePeriodSeconds = 300;

// key id | number of the period | MAC
const offset = { keyId: 0, period: 2, mac: 6, end: 22 } as const;

/** Begins like no token under the same key. */
const frame = Buffer.from('dpop nonce ');

/**
 * A server nonce for DPoP proofs: the current period of time, under a MAC of the key ring. Nothing is stored, and every node takes it.
 *
 * @see [RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449.html#section-8)
 */
export function encodeDpopNonce(key: RefreshKey, now: EpochSeconds): string {
  const bytes = Buffer.alloc(offset.end);
  bytes.writeUInt16BE(key.id, offset.keyId);
  bytes.writeUInt32BE(periodOf(now), offset.period);
  macOf(key, bytes).copy(bytes, offset.mac);
  return bytes.toString('base64url');
}

/** Whether a text is a nonce of this period, of the one before, or of the next one, which a node with a faster clock is in already. */
export function isDpopNonce(text: string, findKey: FindRefreshKey, now: EpochSeconds): boolean {
  const decoded = decodeBase64url(text);
  if (decoded?.length !== offset.end) return false;
  const bytes = bufferOf(decoded);
  const key = findKey(bytes.readUInt16BE(offset.keyId));
  if (key === null || !equalBytes(macOf(key, bytes), bytes.subarray(offset.mac))) return false;
  return Math.abs(periodOf(now) - bytes.readUInt32BE(offset.period)) <= 1;
}

function periodOf(now: EpochSeconds): number {
  return Math.floor(now / noncePeriodSeconds);
}

function macOf(key: RefreshKey, bytes: Buffer): Buffer {
  const mac = key.mac(Buffer.concat([frame, bytes.subarray(0, offset.mac)]));
  return mac.subarray(0, offset.end - offset.mac);
}
