import { decodeBase64url } from '../base/base64url.js';
import { bufferOf, equalBytes } from '../base/bytes.js';
import type { EpochSeconds } from '../base/clock.js';
import type { RefreshKey } from '../keys/index.js';
import type { FindRefreshKey } from './refresh-codec.js';

/** A browser loads the marked address as soon as it has the page. */
const markSeconds = 60;

// key id | seconds | MAC
const offset = { keyId: 0, issuedAt: 2, mac: 8, end: 24 } as const;

/** Begins like no token under the same key. */
const frame = Buffer.from('load mark ');

/** A mark for the address of a page that the own page makes the browser load again: the instant, under a MAC of the key ring. Nothing is stored. */
export function encodeLoadMark(key: RefreshKey, now: EpochSeconds): string {
  const bytes = Buffer.alloc(offset.end);
  bytes.writeUInt16BE(key.id, offset.keyId);
  bytes.writeUIntBE(Math.floor(now), offset.issuedAt, 6);
  macOf(key, bytes).copy(bytes, offset.mac);
  return bytes.toString('base64url');
}

/** Whether a text is a mark of the last 60 seconds. */
export function isLoadMark(text: string, findKey: FindRefreshKey, now: EpochSeconds): boolean {
  const decoded = decodeBase64url(text);
  if (decoded?.length !== offset.end) return false;
  const bytes = bufferOf(decoded);
  const key = findKey(bytes.readUInt16BE(offset.keyId));
  if (key === null || !equalBytes(macOf(key, bytes), bytes.subarray(offset.mac))) return false;
  return Math.abs(now - bytes.readUIntBE(offset.issuedAt, 6)) <= markSeconds;
}

function macOf(key: RefreshKey, bytes: Buffer): Buffer {
  const mac = key.mac(Buffer.concat([frame, bytes.subarray(0, offset.mac)]));
  return mac.subarray(0, offset.end - offset.mac);
}
