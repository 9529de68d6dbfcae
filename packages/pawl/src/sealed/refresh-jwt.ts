import { decodeBase64url } from '../base/base64url.js';
import { bufferOf, equalText } from '../base/bytes.js';
import type { JsonObject } from '../base/json-object.js';
import { Secret } from '../base/secret.js';
import { readCompactJws, readPayload } from '../jose/compact.js';
import { headersOf, writeSegment } from '../jose/written-segment.js';
import type { MacKey } from '../keys/index.js';
import { maxFork, maxGeneration } from '../rotation/session.js';
import type { RefreshCodec, RefreshContents } from './refresh-codec.js';
import { isSessionId } from './session-id.js';

const secretBytes = 16;

// Room for the longest token that `encode` writes (about 270); everything longer is refused unread.
const maxLength = 400;

const headerOf = headersOf<MacKey>(({ id }) => ({ alg: 'HS256', typ: 'rt+jwt', kid: keyIdText(id) }));

/** A JWT (RFC 7519) of type `rt+jwt`, HS256 under the refresh key; claims sid, gen, fork, sec. Deterministic: no iat, no jti. */
export const jwtRefreshCodec: RefreshCodec = {
  encode(contents, key) {
    const claims = {
      sid: contents.sessionId,
      gen: contents.generation,
      fork: contents.fork,
      sec: contents.secret.reveal().toString('base64url'),
    };
    const input = `${headerOf(key)}.${writeSegment(claims)}`;
    return `${input}.${key.mac(Buffer.from(input)).toString('base64url')}`;
  },

  decode(token, findKey) {
    const jws = readCompactJws(token, maxLength);
    if (jws === null) return { kind: 'malformed' };
    const keyId = readKeyId(jws.header);
    const contents = readContents(readPayload(jws));
    if (keyId === null || contents === null) return { kind: 'malformed' };
    const key = findKey(keyId);
    if (key === null) return { kind: 'unknown-key' };
    // One comparison checks the MAC, the header and that this is the only way to write these contents.
    return equalText(token, jwtRefreshCodec.encode(contents, key))
      ? { kind: 'contents', contents }
      : { kind: 'malformed' };
  },
};

function keyIdText(id: number): string {
  return id.toString(16).padStart(4, '0');
}

function readKeyId({ kid }: JsonObject): number | null {
  return typeof kid === 'string' && /^[0-9a-f]{4}$/.test(kid) ? Number.parseInt(kid, 16) : null;
}

function readContents(claims: JsonObject | null): RefreshContents | null {
  if (claims === null) return null;
  const { sid, gen, fork, sec } = claims;
  if (typeof sid !== 'string' || !isSessionId(sid)) return null;
  if (!isCounter(gen, maxGeneration) || !isCounter(fork, maxFork)) return null;
  const secret = typeof sec === 'string' ? decodeBase64url(sec) : null;
  if (secret?.length !== secretBytes) return null;
  return { sessionId: sid, generation: gen, fork, secret: new Secret(bufferOf(secret)) };
}

function isCounter(value: unknown, highest: number): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= highest;
}
