import { constants, generateKeyPair, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { derFromRaw } from '../jose/ecdsa-signature.js';
import { rawFromDer } from './ecdsa-signature.js';

/** Signature algorithms of access tokens, by their JWS name (RFC 7518 §3.1, RFC 8037 §3.1). */
export type AccessAlgorithm = 'ES256' | 'EdDSA' | 'RS256' | 'PS256';

/** All that is known about one algorithm; code elsewhere receives an entry and never asks for the name. */
export interface Algorithm {
  readonly name: AccessAlgorithm;
  /** The required members of the public JWK in the order of RFC 7638 §3.2. */
  readonly jwkMembers: readonly ('crv' | 'e' | 'kty' | 'n' | 'x' | 'y')[];
  /** A new private key. */
  generate(): Promise<KeyObject>;
  /** Whether `key`, private or public, is of the kind and size that the algorithm needs. */
  fits(key: KeyObject): boolean;
  /** The JWS signature bytes of `input`; `key` is private and fits. */
  sign(key: KeyObject, input: Uint8Array): Buffer;
  /** Whether `signature` is right; `key` is public and fits. Malformed signatures are false, never an error. */
  verify(key: KeyObject, input: Uint8Array, signature: Uint8Array): boolean;
}

/** The smallest RSA key of RFC 7518 §3.3. Larger ones make every token longer and every signature slower. */
const modulusBits = 2048;
const ed25519SignatureBytes = 64;

const es256: Algorithm = {
  name: 'ES256',
  jwkMembers: ['crv', 'kty', 'x', 'y'],
  generate: () => Promise.resolve(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
  fits: (key) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1',
  sign: (key, input) => rawFromDer(sign('sha256', input, key)),
  verify(key, input, signature) {
    const der = derFromRaw(signature);
    return der !== null && verify('sha256', input, key, der);
  },
};

const eddsa: Algorithm = {
  name: 'EdDSA',
  jwkMembers: ['crv', 'kty', 'x'],
  generate: () => Promise.resolve(generateKeyPairSync('ed25519').privateKey),
  fits: (key) => key.asymmetricKeyType === 'ed25519',
  sign: (key, input) => sign(null, input, key),
  verify: (key, input, signature) =>
    signature.length === ed25519SignatureBytes && verify(null, input, key, signature),
};

const rs256 = rsa('RS256', { padding: constants.RSA_PKCS1_PADDING });

/** The salt is as long as the hash: RFC 7518 §3.5. */
const ps256 = rsa('PS256', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });

function rsa(
  name: AccessAlgorithm,
  scheme: { readonly padding: number; readonly saltLength?: number },
): Algorithm {
  return {
    name,
    jwkMembers: ['e', 'kty', 'n'],
    generate: generateRsaKey,
    fits: (key) =>
      key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= modulusBits,
    sign: (key, input) => sign('sha256', input, { key, ...scheme }),
    verify: (key, input, signature) => verify('sha256', input, { key, ...scheme }, signature),
  };
}

/** Off the event loop, because the search for primes takes a hundred milliseconds and more. */
function generateRsaKey(): Promise<KeyObject> {
  return new Promise((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength: modulusBits }, (error, _publicKey, privateKey) => {
      if (error === null) resolve(privateKey);
      else reject(error);
    });
  });
}

/** The registry. */
export const algorithms: Readonly<Record<AccessAlgorithm, Algorithm>> = {
  ES256: es256,
  EdDSA: eddsa,
  RS256: rs256,
  PS256: ps256,
};

/** Whether `name` is one of {@link algorithms}. */
export function isAccessAlgorithm(name: unknown): name is AccessAlgorithm {
  return typeof name === 'string' && Object.hasOwn(algorithms, name);
}
