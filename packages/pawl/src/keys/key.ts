import { createHmac, createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { PawlError } from '../errors.js';
import { type AccessAlgorithm, type Algorithm, algorithms } from './algorithms.js';
import { type PublicJwk, publicJwkOf } from './jwk.js';

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

/** The secret of a refresh key is as long as the hash: more adds nothing (RFC 2104 §3). */
export const refreshSecretBytes = 32;

/** A new access key, and its private part as PKCS #8 DER for the ring. */
export async function generateAccessKey(
  name: AccessAlgorithm,
): Promise<{ readonly key: AccessKey; readonly privatePart: Buffer }> {
  const algorithm = algorithms[name];
  const privateKey = await algorithm.generate();
  return {
    key: accessKeyOf(privateKey, algorithm),
    privatePart: privateKey.export({ format: 'der', type: 'pkcs8' }),
  };
}

/**
 * The access key with this private part.
 *
 * @param privatePart - PKCS #8 DER
 * @throws PawlError `master_key_wrong` when it is no key that fits the algorithm: it was not this ring's
 */
export function importAccessKey(name: AccessAlgorithm, privatePart: Uint8Array): AccessKey {
  const algorithm = algorithms[name];
  const privateKey = parsePkcs8(privatePart);
  if (privateKey === null || !algorithm.fits(privateKey)) {
    throw new PawlError('master_key_wrong', `An unwrapped access key of the key ring is not a ${name} key.`);
  }
  return accessKeyOf(privateKey, algorithm);
}

function parsePkcs8(der: Uint8Array): KeyObject | null {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  } catch {
    return null;
  }
}

function accessKeyOf(privateKey: KeyObject, algorithm: Algorithm): AccessKey {
  const publicKey = createPublicKey(privateKey);
  const publicJwk = publicJwkOf(publicKey, algorithm);
  return {
    id: publicJwk.kid,
    algorithm: algorithm.name,
    publicJwk,
    sign: (input) => algorithm.sign(privateKey, Buffer.from(input)),
    verify: (input, signature) => algorithm.verify(publicKey, Buffer.from(input), signature),
  };
}

/**
 * The refresh key with this id and secret.
 *
 * @param id - 1 to 65535
 * @param secret - {@link refreshSecretBytes} bytes; copied
 */
export function createRefreshKey(id: number, secret: Uint8Array): RefreshKey {
  const key = createSecretKey(secret);
  return { id, mac: (input) => createHmac('sha256', key).update(input).digest() };
}
