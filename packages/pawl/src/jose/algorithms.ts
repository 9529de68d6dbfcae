import type * as nodeCrypto from 'node:crypto';
import { derFromRaw, isEcdsaSignature } from './ecdsa-signature.js';

/**
 * Signature algorithms that are checked here, by their JWS name (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). `EdDSA` and
 * `Ed25519` are two names of one algorithm.
 */
export type JwsAlgorithm = 'ES256' | 'EdDSA' | 'Ed25519' | 'RS256' | 'PS256';

type NodeCrypto = typeof nodeCrypto;

/** All that is known about one algorithm; code elsewhere receives an entry and never asks for the name. */
export interface Algorithm {
  readonly name: JwsAlgorithm;
  readonly kty: 'EC' | 'OKP' | 'RSA';
  /** The curve of its keys; null when they have none. */
  readonly crv: string | null;
  /** Whether bytes can be a signature at all, before any key is asked. */
  hasForm(signature: Uint8Array): boolean;
  /** What WebCrypto calls it. */
  readonly webKey: { readonly name: string; readonly hash?: string; readonly namedCurve?: string };
  readonly webSignature: { readonly name: string; readonly hash?: string; readonly saltLength?: number };
  /** The check of node:crypto; `signature` has the form. */
  verify(crypto: NodeCrypto, key: nodeCrypto.KeyObject, input: Uint8Array, signature: Uint8Array): boolean;
}

const ed25519SignatureBytes = 64;

/** The salt of PS256 is as long as the hash (RFC 7518 §3.5). */
const saltBytes = 32;

const es256: Algorithm = {
  name: 'ES256',
  kty: 'EC',
  crv: 'P-256',
  hasForm: isEcdsaSignature,
  webKey: { name: 'ECDSA', namedCurve: 'P-256' },
  webSignature: { name: 'ECDSA', hash: 'SHA-256' },
  verify(crypto, key, input, signature) {
    const der = derFromRaw(signature);
    return der !== null && crypto.verify('sha256', input, key, der);
  },
};

function ed25519(name: 'EdDSA' | 'Ed25519'): Algorithm {
  return {
    name,
    kty: 'OKP',
    crv: 'Ed25519',
    hasForm: (signature) => signature.length === ed25519SignatureBytes,
    webKey: { name: 'Ed25519' },
    webSignature: { name: 'Ed25519' },
    verify: (crypto, key, input, signature) => crypto.verify(null, input, key, signature),
  };
}

const rs256: Algorithm = {
  name: 'RS256',
  kty: 'RSA',
  crv: null,
  hasForm: () => true,
  webKey: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  webSignature: { name: 'RSASSA-PKCS1-v1_5' },
  verify: (crypto, key, input, signature) =>
    crypto.verify('sha256', input, { key, padding: crypto.constants.RSA_PKCS1_PADDING }, signature),
};

const ps256: Algorithm = {
  name: 'PS256',
  kty: 'RSA',
  crv: null,
  hasForm: () => true,
  webKey: { name: 'RSA-PSS', hash: 'SHA-256' },
  webSignature: { name: 'RSA-PSS', saltLength: saltBytes },
  verify: (crypto, key, input, signature) =>
    crypto.verify(
      'sha256',
      input,
      { key, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: saltBytes },
      signature,
    ),
};

const algorithms: Readonly<Record<JwsAlgorithm, Algorithm>> = {
  ES256: es256,
  EdDSA: ed25519('EdDSA'),
  Ed25519: ed25519('Ed25519'),
  RS256: rs256,
  PS256: ps256,
};

/** Every algorithm; what a caller accepts is a list of its own. */
export const jwsAlgorithms: readonly JwsAlgorithm[] = Object.values(algorithms).map(({ name }) => name);

/**
 * The entry of an algorithm that a header names, when the caller accepts it; else null. Names are compared exactly:
 * `es256` is none.
 */
export function acceptedAlgorithm(name: unknown, accepted: readonly JwsAlgorithm[]): Algorithm | null {
  const found = accepted.find((candidate) => candidate === name);
  return found === undefined ? null : algorithms[found];
}
