import type * as nodeCrypto from 'node:crypto';
import { derFromRaw, isEcdsaSignature, rawFromDer } from './ecdsa-signature.js';
import { isCoordinate, isExponent, isModulus, isSafePoint, leastModulusBytes } from './jwk-members.js';

/**
 * Signature algorithms that are checked here, by their JWS name (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2). `EdDSA` and
 * `Ed25519` are two names of one algorithm.
 */
export type JwsAlgorithm = 'ES256' | 'EdDSA' | 'Ed25519' | 'RS256' | 'PS256';

/** Signature algorithms of access tokens. Of two names of one algorithm it is the older one, which more verifiers know. */
export type AccessAlgorithm = Exclude<JwsAlgorithm, 'Ed25519'>;

/** All that is known about one algorithm; code elsewhere receives an entry and never asks for the name. */
export interface Algorithm {
  readonly name: JwsAlgorithm;
  /** The members that make a public key, in the order of RFC 7638 §3.2: the text that each is, or what holds for it. */
  readonly jwkMembers: JwkMembers;
  /** Whether bytes can be a signature at all, before any key is asked. */
  hasForm(signature: Uint8Array): boolean;
  /** What WebCrypto calls it. */
  readonly webKey: { readonly name: string; readonly hash?: string; readonly namedCurve?: string };
  readonly webSignature: { readonly name: string; readonly hash?: string; readonly saltLength?: number };
  readonly node: NodeScheme;
}

type JwkMembers = Readonly<Record<string, string | ((value: string) => boolean)>> & {
  readonly kty: 'EC' | 'OKP' | 'RSA';
};

/** What node:crypto calls an algorithm, and how it writes its signatures. */
interface NodeScheme {
  readonly hash: 'sha256' | null;
  /** Null for what is not RSA. */
  readonly rsa: RsaScheme | null;
  /** For new keys. */
  readonly keyType: 'ec' | 'ed25519' | 'rsa';
  readonly keyOptions: { readonly namedCurve?: string; readonly modulusLength?: number };
  /** What node:crypto checks in the place of a JWS signature that has the form. */
  fromJws(signature: Uint8Array): Uint8Array;
  /** The JWS signature for what node:crypto signed. */
  toJws(signature: Uint8Array): Uint8Array;
}

interface RsaScheme {
  /** The name of the constant. */
  readonly padding: keyof typeof nodeCrypto.constants & `RSA_${string}_PADDING`;
  readonly saltLength?: number;
}

const curve = 'P-256';

const ed25519SignatureBytes = 64;

/** The salt of PS256 is as long as the hash (RFC 7518 §3.5). */
const saltLength = 32;

const es256: Algorithm = {
  name: 'ES256',
  jwkMembers: { crv: curve, kty: 'EC', x: isCoordinate, y: isCoordinate },
  hasForm: isEcdsaSignature,
  webKey: { name: 'ECDSA', namedCurve: curve },
  webSignature: { name: 'ECDSA', hash: 'SHA-256' },
  node: {
    hash: 'sha256',
    rsa: null,
    keyType: 'ec',
    keyOptions: { namedCurve: curve },
    fromJws: derFromRaw,
    toJws: rawFromDer,
  },
};

function ed25519(name: 'EdDSA' | 'Ed25519'): Algorithm {
  return {
    name,
    jwkMembers: { crv: 'Ed25519', kty: 'OKP', x: isSafePoint },
    hasForm: (signature) => signature.length === ed25519SignatureBytes,
    webKey: { name: 'Ed25519' },
    webSignature: { name: 'Ed25519' },
    node: {
      hash: null,
      rsa: null,
      keyType: 'ed25519',
      keyOptions: {},
      fromJws: unchanged,
      toJws: unchanged,
    },
  };
}

const rs256 = rsaAlgorithm('RS256', { name: 'RSASSA-PKCS1-v1_5' }, { padding: 'RSA_PKCS1_PADDING' });

const ps256 = rsaAlgorithm(
  'PS256',
  { name: 'RSA-PSS', saltLength },
  { padding: 'RSA_PKCS1_PSS_PADDING', saltLength },
);

function rsaAlgorithm(
  name: 'RS256' | 'PS256',
  webSignature: Algorithm['webSignature'],
  scheme: RsaScheme,
): Algorithm {
  return {
    name,
    jwkMembers: { e: isExponent, kty: 'RSA', n: isModulus },
    hasForm: () => true,
    webKey: { name: webSignature.name, hash: 'SHA-256' },
    webSignature,
    node: {
      hash: 'sha256',
      rsa: scheme,
      keyType: 'rsa',
      // Larger ones make every token longer and every signature slower.
      keyOptions: { modulusLength: leastModulusBytes * 8 },
      fromJws: unchanged,
      toJws: unchanged,
    },
  };
}

function unchanged(signature: Uint8Array): Uint8Array {
  return signature;
}

/** The registry. */
export const algorithms: Readonly<Record<JwsAlgorithm, Algorithm>> = {
  ES256: es256,
  EdDSA: ed25519('EdDSA'),
  Ed25519: ed25519('Ed25519'),
  RS256: rs256,
  PS256: ps256,
};

/** Every algorithm; what a caller accepts is a list of its own. */
export const jwsAlgorithms: readonly JwsAlgorithm[] = Object.values(algorithms).map(({ name }) => name);

/** Those that sign access tokens. */
export const accessAlgorithms: readonly AccessAlgorithm[] = jwsAlgorithms.filter(
  (name) => name !== 'Ed25519',
);

/** Whether `name` is one of {@link accessAlgorithms}. */
export function isAccessAlgorithm(name: unknown): name is AccessAlgorithm {
  return accessAlgorithms.some((known) => known === name);
}

/**
 * The entry of an algorithm that a header names, when the caller accepts it; else null. Names are compared exactly:
 * `es256` is none.
 */
export function acceptedAlgorithm(name: unknown, accepted: readonly JwsAlgorithm[]): Algorithm | null {
  const found = accepted.find((candidate) => candidate === name);
  return found === undefined ? null : algorithms[found];
}
