import type { Secret } from '../base/secret.js';
import type { MacKey } from '../keys/index.js';
import type { Decoded, FindMacKey } from './framing.js';

/** Everything that a refresh token says. All but the secret are counters, so any node can rebuild a current token. */
export interface RefreshContents {
  /** 16 bytes, base64url. */
  readonly sessionId: string;
  readonly generation: number;
  readonly fork: number;
  /** 16 bytes, drawn at login, the same for the whole life of the session. */
  readonly secret: Secret<Buffer>;
}

/** One way to write a refresh token. The same contents under the same key are always the same text. */
export interface RefreshCodec {
  encode(contents: RefreshContents, key: MacKey): string;
  /** Accepts exactly the texts that `encode` produces; every other text is `malformed` (or of an unknown key). */
  decode(token: string, findKey: FindMacKey): Decoded<RefreshContents>;
}
