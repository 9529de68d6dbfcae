import type { AccessAlgorithm } from './algorithms.js';
import type { PublicJwk } from './jwk.js';

/** A key that signs access tokens. */
export interface AccessKey {
  /** The `kid`: RFC 7638 thumbprint of the public JWK. */
  readonly id: string;
  readonly algorithm: AccessAlgorithm;
  readonly publicJwk: PublicJwk;
  /** The JWS signature bytes over `input` (the part before the second dot). Synchronous. */
  sign(input: string): Buffer;
  /** Whether `signature` is this key's over `input`. Any bytes are allowed: malformed ones are false, never an error. */
  verify(input: string, signature: Uint8Array): boolean;
}

/** A key that authenticates refresh tokens. */
export interface RefreshKey {
  /** 1 to 65535: the two bytes in a refresh token. */
  readonly id: number;
  /** HMAC-SHA-256 of `input`, 32 bytes. Synchronous. */
  mac(input: Uint8Array): Buffer;
}
