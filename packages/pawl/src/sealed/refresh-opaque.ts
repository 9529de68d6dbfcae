import { requireBytes } from '../base/base64url.js';
import { Secret } from '../base/secret.js';
import { firstField, framingOf } from './framing.js';
import { sealedKinds } from './kinds.js';
import type { RefreshCodec } from './refresh-codec.js';

// session id | generation | fork | secret
const offset = { sessionId: firstField, generation: 22, fork: 26, secret: 27, end: 43 } as const;

const framing = framingOf(sealedKinds.refreshToken);

/** 100 characters that begin with `prt_`. */
export const opaqueRefreshCodec: RefreshCodec = {
  encode: (contents, key) =>
    framing.seal(key, (bytes) => {
      bytes.set(requireBytes(contents.sessionId), offset.sessionId);
      bytes.writeUInt32BE(contents.generation, offset.generation);
      bytes.writeUInt8(contents.fork, offset.fork);
      contents.secret.reveal().copy(bytes, offset.secret);
    }),

  decode(token, findKey) {
    const opened = framing.open(token, findKey);
    if (opened.kind !== 'contents') return opened;
    const bytes = opened.contents;
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
