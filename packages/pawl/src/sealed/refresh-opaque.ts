import { requireBytes } from '../base/base64url.js';
import { Secret } from '../base/secret.js';
import type { RefreshCodec } from './refresh-codec.js';
import { firstField, sealedFields } from './sealed-fields.js';

export const opaquePrefix = 'prt_';

// session id | generation | fork | secret
const offset = { sessionId: firstField, generation: 19, fork: 23, secret: 24, end: 40 } as const;

const sealed = sealedFields(opaquePrefix, offset.end);

/** `prt_` and base64url of fixed-length fields with an HMAC-SHA-256: 100 characters. */
export const opaqueRefreshCodec: RefreshCodec = {
  encode: (contents, key) =>
    sealed.seal(key, (bytes) => {
      bytes.set(requireBytes(contents.sessionId), offset.sessionId);
      bytes.writeUInt32BE(contents.generation, offset.generation);
      bytes.writeUInt8(contents.fork, offset.fork);
      contents.secret.reveal().copy(bytes, offset.secret);
    }),

  decode(token, findKey) {
    const opened = sealed.open(token, findKey);
    if (opened.kind !== 'fields') return opened;
    const { bytes } = opened;
    return {
      kind: 'contents',
      contents: {
        sessionId: bytes.toString('base64url', offset.sessionId, offset.generation),
        generation: bytes.readUInt32BE(offset.generation),
        fork: bytes.readUInt8(offset.fork),
        secret: new Secret(bytes.subarray(offset.secret, offset.end)),
      },
    };
  },
};
