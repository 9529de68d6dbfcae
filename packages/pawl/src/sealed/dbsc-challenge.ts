import { decodeBase64url } from '../base/base64url.js';
import { bufferOf, equalBytes } from '../base/bytes.js';
import type { EpochSeconds } from '../base/clock.js';
import type { RefreshKey } from '../keys/index.js';
import type { FindRefreshKey } from './refresh-codec.js';

/** What a challenge may be answered for. */
export type ChallengePurpose = 'registration' | 'refresh';

const version = 1;

// version | key id | issued at, a double | MAC
const offset = { version: 0, keyId: 1, issuedAt: 3, mac: 11, end: 43 } as const;

/**
 * Writes a challenge for a browser's key: when it was issued, and an HMAC-SHA-256 over that, the purpose and the session. Nothing has to
 * be stored, and any node can check it.
 */
export function encodeDbscChallenge(
  purpose: ChallengePurpose,
  sessionId: string,
  issuedAt: EpochSeconds,
  key: RefreshKey,
): string {
  const bytes = Buffer.allocUnsafe(offset.end);
  bytes.writeUInt8(version, offset.version);
  bytes.writeUInt16BE(key.id, offset.keyId);
  bytes.writeDoubleBE(issuedAt, offset.issuedAt);
  key.mac(framed(bytes, purpose, sessionId)).copy(bytes, offset.mac);
  return bytes.toString('base64url');
}

/**
 * When a challenge was issued; null when it is not ours, or is for another session or purpose.
 *
 * Does NOT judge its age.
 *
 * @param text - any text
 */
export function readDbscChallenge(
  text: string,
  purpose: ChallengePurpose,
  sessionId: string,
  findKey: FindRefreshKey,
): EpochSeconds | null {
  const decoded = text.length > offset.end * 2 ? null : decodeBase64url(text);
  if (decoded?.length !== offset.end || decoded[offset.version] !== version) return null;
  const bytes = bufferOf(decoded);
  const mac = findKey(bytes.readUInt16BE(offset.keyId))?.mac(framed(bytes, purpose, sessionId)) ?? null;
  return mac !== null && equalBytes(mac, bytes.subarray(offset.mac))
    ? bytes.readDoubleBE(offset.issuedAt)
    : null;
}

/** Begins like no token under the same key. */
function framed(bytes: Buffer, purpose: ChallengePurpose, sessionId: string): Buffer {
  return Buffer.concat([
    Buffer.from(`dbsc ${purpose} ${sessionId} `, 'latin1'),
    bytes.subarray(0, offset.mac),
  ]);
}
