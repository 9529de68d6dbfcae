import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { CompactSign, importJWK, type JWK } from 'jose';

export type ProofAlgorithm = 'ES256' | 'EdDSA' | 'Ed25519' | 'RS256' | 'PS256';

/** A key pair of a client. */
export interface ProofKey {
  readonly algorithm: ProofAlgorithm;
  readonly publicJwk: JWK;
  readonly privateKey: KeyObject;
  readonly thumbprint: string;
}

const kinds = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  Ed25519: () => generateKeyPairSync('ed25519'),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
} as const;

const members = { EC: ['crv', 'kty', 'x', 'y'], OKP: ['crv', 'kty', 'x'], RSA: ['e', 'kty', 'n'] } as const;

export function createProofKey(algorithm: ProofAlgorithm = 'ES256'): ProofKey {
  const { publicKey, privateKey } = kinds[algorithm]();
  const publicJwk = publicKey.export({ format: 'jwk' }) as JWK;
  const required = members[publicJwk.kty as keyof typeof members].map((name) => [name, publicJwk[name]]);
  const thumbprint = createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(required)))
    .digest('base64url');
  return { algorithm, publicJwk, privateKey, thumbprint };
}

export interface ProofParts {
  readonly method: string;
  readonly url: string;
  readonly at: number;
  readonly accessToken?: string;
  readonly nonce?: string;
  /** Replaces or, with undefined, removes members. */
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A proof as a client makes it, by the code of another author; a header or claims may be wrong on purpose. */
export async function makeProof(key: ProofKey, parts: ProofParts): Promise<string> {
  const { method, url, at, accessToken, nonce } = parts;
  const ath =
    accessToken === undefined ? {} : { ath: createHash('sha256').update(accessToken).digest('base64url') };
  const claims = {
    ...{ jti: randomUUID(), htm: method, htu: url, iat: Math.floor(at) },
    ...ath,
    ...(nonce === undefined ? {} : { nonce }),
    ...parts.claims,
  };
  const header = { typ: 'dpop+jwt', alg: key.algorithm, jwk: key.publicJwk, ...parts.header };
  const signing = new CompactSign(new TextEncoder().encode(JSON.stringify(claims)));
  return signing.setProtectedHeader(header).sign(key.privateKey);
}

/** A proof whose signature is an HMAC under the public key: what a library takes that lets the header choose. */
export async function makeSymmetricProof(key: ProofKey, parts: ProofParts): Promise<string> {
  const secret = await importJWK({ kty: 'oct', k: key.publicJwk.x ?? '' }, 'HS256');
  const { method, url, at } = parts;
  const claims = { jti: randomUUID(), htm: method, htu: url, iat: Math.floor(at) };
  const header = { typ: 'dpop+jwt', alg: 'HS256', jwk: key.publicJwk };
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader(header)
    .sign(secret);
}
