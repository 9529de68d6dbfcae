import type { AccessAlgorithm } from './algorithms.js';

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
