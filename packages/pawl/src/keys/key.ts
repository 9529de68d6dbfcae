import * as crypto from 'node:crypto';
import { PawlError } from '../errors.js';
import { type AccessAlgorithm, type Algorithm, algorithms } from '../jose/algorithms.js';
import { createNodeEngine } from '../jose/engine.js';
import { type PublicJwk, readPublicJwk, thumbprintOf } from '../jose/public-jwk.js';
import type { PublicJwkMembers } from '../jose/jwk-members.js';
import { createSigner, generatePrivateKey } from '../jose/signing.js';

/** A key that signs access tokens or ID tokens. */
export interface SigningKey {
  /** The `kid`: RFC 7638 thumbprint of the public JWK. */
  readonly id: string;
  readonly algorithm: AccessAlgorithm;
  readonly publicJwk: PublicJwk;
  /** The JWS signature bytes over `input` (the part before the second dot). Synchronous. */
  sign(input: string): Buffer;
  /** Whether `signature` is this key's over `input`. Any bytes are allowed: malformed ones are false, never an error. */
  verify(input: string, signature: Uint8Array): boolean;
}

/** A key that authenticates what only nodes of the own issuer read. */
export interface MacKey {
  /** 1 to 65535: the two bytes in what it protects. */
  readonly id: number;
  /** HMAC-SHA-256 of `input`, 32 bytes. Synchronous. */
  mac(input: Uint8Array): Buffer;
}

/** The secret of a MAC is as long as the hash: more adds nothing (RFC 2104 §3). */
export const macSecretBytes = 32;

/** A new key that signs, and its private part as PKCS #8 DER for the ring. */
export async function generateSigningKey(
  name: AccessAlgorithm,
): Promise<{ readonly key: SigningKey; readonly privatePart: Buffer }> {
  const privateKey = await generatePrivateKey(algorithms[name]);
  return {
    key: await signingKeyOf(privateKey, name),
    privatePart: privateKey.export({ format: 'der', type: 'pkcs8' }),
  };
}

/**
 * The key with this private part.
 *
 * @param privatePart - PKCS #8 DER
 * @throws PawlError `master_key_wrong` when it is no key that fits the algorithm: it was not this ring's
 */
export async function importSigningKey(name: AccessAlgorithm, privatePart: Uint8Array): Promise<SigningKey> {
  const privateKey = parsePkcs8(privatePart);
  if (privateKey === null) throw notFitting(name);
  return signingKeyOf(privateKey, name);
}

function parsePkcs8(der: Uint8Array): crypto.KeyObject | null {
  try {
    return crypto.createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  } catch {
    return null;
  }
}

const engine = createNodeEngine(crypto);

/** A key fits when verifiers would take its public part. */
async function signingKeyOf(privateKey: crypto.KeyObject, name: AccessAlgorithm): Promise<SigningKey> {
  const algorithm = algorithms[name];
  const members = publicMembersOf(privateKey, algorithm);
  const publicKey = members === null ? null : engine.importKey(members, algorithm);
  if (members === null || publicKey === null) throw notFitting(name);
  const id = await thumbprintOf(members, engine);
  const sign = createSigner(privateKey, algorithm);
  return {
    id,
    algorithm: name,
    publicJwk: { ...members, kid: id, alg: name, use: 'sig' },
    sign: (input) => sign(Buffer.from(input)),
    verify: (input, signature) => publicKey.verify(input, signature),
  };
}

/** Null also for the kinds of keys that node:crypto writes no JWK of. */
function publicMembersOf(privateKey: crypto.KeyObject, algorithm: Algorithm): PublicJwkMembers | null {
  try {
    return readPublicJwk(crypto.createPublicKey(privateKey).export({ format: 'jwk' }), algorithm);
  } catch {
    return null;
  }
}

function notFitting(name: AccessAlgorithm): PawlError {
  return new PawlError('master_key_wrong', `An unwrapped private part of the key ring is not a ${name} key.`);
}

/**
 * The key with this id and secret.
 *
 * @param id - 1 to 65535
 * @param secret - {@link macSecretBytes} bytes; copied
 */
export function createMacKey(id: number, secret: Uint8Array): MacKey {
  const key = crypto.createSecretKey(secret);
  return { id, mac: (input) => crypto.createHmac('sha256', key).update(input).digest() };
}
