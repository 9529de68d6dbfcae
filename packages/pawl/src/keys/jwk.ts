import { createHash, type KeyObject } from 'node:crypto';
import type { AccessAlgorithm, Algorithm } from './algorithms.js';

/** A public key as the JWKS publishes it (RFC 7517). Holds no private member. */
export interface PublicJwk {
  readonly kty: 'EC' | 'OKP' | 'RSA';
  /** RFC 7638 thumbprint of this key. */
  readonly kid: string;
  readonly alg: AccessAlgorithm;
  readonly use: 'sig';
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

/** The set that verifiers fetch (RFC 7517 §5). */
export interface Jwks {
  readonly keys: readonly PublicJwk[];
}

/**
 * The JWK of a public key, with its RFC 7638 SHA-256 thumbprint as `kid`.
 *
 * @param key - public, of a kind that fits `algorithm`; does NOT check it
 */
export function publicJwkOf(key: KeyObject, algorithm: Algorithm): PublicJwk {
  const exported: Readonly<Record<string, unknown>> = { ...key.export({ format: 'jwk' }) };
  const members = Object.fromEntries(algorithm.jwkMembers.map((name) => [name, exported[name]]));
  const kid = createHash('sha256').update(JSON.stringify(members)).digest('base64url');
  return { ...(members as Pick<PublicJwk, 'kty'>), kid, alg: algorithm.name, use: 'sig' };
}
