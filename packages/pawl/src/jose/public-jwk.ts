import { encodeBase64url } from '../base/base64url.js';
import { isJsonObject, type JsonObject } from '../base/json-object.js';
import type { AccessAlgorithm, Algorithm } from './algorithms.js';
import { type Engine, type JwsKey, runtimeEngine } from './engine.js';
import type { PublicJwkMembers } from './jwk-members.js';

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

/** Members of private and of symmetric keys (RFC 7518 §6). A JWK that holds one was published by mistake. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * Takes the public key of an algorithm out of a JWK.
 *
 * Does NOT check `kid`, and does NOT check that a point is on its curve: importing does.
 *
 * @param jwk - any value
 * @returns null when it is not a public key for signatures, not of the kind or size that the algorithm needs, or holds a
 * private member
 * @see [RFC 7517 §4](https://www.rfc-editor.org/rfc/rfc7517.html#section-4)
 */
export function readPublicJwk(jwk: unknown, algorithm: Algorithm): PublicJwkMembers | null {
  if (!isJsonObject(jwk) || !isForSignatures(jwk, algorithm)) return null;
  if (privateMembers.some((name) => Object.hasOwn(jwk, name))) return null;
  const members: Record<string, string> = {};
  for (const [name, expected] of Object.entries(algorithm.jwkMembers)) {
    const value = jwk[name];
    if (typeof value !== 'string') return null;
    if (typeof expected === 'string' ? value !== expected : !expected(value)) return null;
    members[name] = value;
  }
  return { ...members, kty: algorithm.jwkMembers.kty };
}

function isForSignatures(jwk: JsonObject, algorithm: Algorithm): boolean {
  const { use, key_ops: operations, alg } = jwk;
  return (
    (use === undefined || use === 'sig') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify'))) &&
    (alg === undefined || alg === algorithm.name)
  );
}

/**
 * Parses a public JWK for checking signatures of one algorithm.
 *
 * @returns null for what `readPublicJwk` refuses, and for a point that is not on its curve
 */
export async function importPublicJwk(
  jwk: unknown,
  algorithm: Algorithm,
  engine: Engine = runtimeEngine(),
): Promise<JwsKey | null> {
  const members = readPublicJwk(jwk, algorithm);
  return members === null ? null : engine.importKey(members, algorithm);
}

const encoder = new TextEncoder();

/**
 * The SHA-256 thumbprint of a public key, base64url.
 *
 * @see [RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638.html#section-3)
 */
export async function thumbprintOf(
  members: PublicJwkMembers,
  engine: Engine = runtimeEngine(),
): Promise<string> {
  return encodeBase64url(await engine.sha256(encoder.encode(JSON.stringify(members))));
}
