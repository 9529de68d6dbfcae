import { equalBytes, fromBase64url } from '../base/bytes.js';
import { Secret } from '../base/secret.js';
import type { RefreshCodec } from './refresh-codec.js';

export const opaquePrefix = 'prt_';

const version = 1;

// version | key id | session id | generation | fork | secret | MAC
const offset = {
  version: 0,
  keyId: 1,
  sessionId: 3,
  generation: 19,
  fork: 23,
  secret: 24,
  mac: 40,
  end: 72,
} as const;

// The prefix takes part in the MAC, so that no other kind of token under the same key can be read as this one.
const domain = Buffer.from(opaquePrefix, 'latin1');

const tokenLength = opaquePrefix.length + (offset.end / 3) * 4;

/** `prt_` and base64url of fixed-length fields with an HMAC-SHA-256: 100 characters. */
export const opaqueRefreshCodec: RefreshCodec = {
  encode(contents, key) {
    const framed = Buffer.allocUnsafe(domain.length + offset.end);
    domain.copy(framed);
    const bytes = framed.subarray(domain.length);
    bytes.writeUInt8(version, offset.version);
    bytes.writeUInt16BE(key.id, offset.keyId);
    bytes.write(contents.sessionId, offset.sessionId, 'base64url');
    bytes.writeUInt32BE(contents.generation, offset.generation);
    bytes.writeUInt8(contents.fork, offset.fork);
    contents.secret.reveal().copy(bytes, offset.secret);
    key.mac(framed.subarray(0, domain.length + offset.mac)).copy(bytes, offset.mac);
    return opaquePrefix + bytes.toString('base64url');
  },

  decode(token, findKey) {
    if (token.length !== tokenLength || !token.startsWith(opaquePrefix)) return { kind: 'malformed' };
    const bytes = fromBase64url(token.slice(opaquePrefix.length));
    if (bytes === null || bytes.readUInt8(offset.version) !== version) return { kind: 'malformed' };
    const key = findKey(bytes.readUInt16BE(offset.keyId));
    if (key === null) return { kind: 'unknown-key' };
    const mac = key.mac(Buffer.concat([domain, bytes.subarray(0, offset.mac)]));
    if (!equalBytes(mac, bytes.subarray(offset.mac))) return { kind: 'malformed' };
    return {
      kind: 'contents',
      contents: {
        sessionId: bytes.toString('base64url', offset.sessionId, offset.generation),
        generation: bytes.readUInt32BE(offset.generation),
        fork: bytes.readUInt8(offset.fork),
        secret: new Secret(bytes.subarray(offset.secret, offset.mac)),
      },
    };
  },
};
