import { decodeBase64url } from '../base/base64url.js';

/** The members that make a public key, in the order of RFC 7638 §3.2, and no other. */
export type PublicJwkMembers = Readonly<Record<string, string>> & { readonly kty: 'EC' | 'OKP' | 'RSA' };

// What has to hold for the members of a public JWK (RFC 7518 §6, RFC 8037 §2). Each is base64url of bytes.

const coordinateBytes = 32;

/** RFC 7518 §3.3 asks for 2048 bits at least. Above the upper end a signature costs more than a caller may make us pay. */
export const leastModulusBytes = 256;
const mostModulusBytes = 1024;

/** FIPS 186-5 §5.1: the exponent is odd and above 2^16. With the exponent 1 every text would be its own signature. */
const leastExponent = 65_537;
const mostExponentBytes = 4;

/** Whether a text is a coordinate of a curve of 256 bits. Does NOT check that a point is on the curve: importing does. */
export function isCoordinate(value: string): boolean {
  return decodeBase64url(value)?.length === coordinateBytes;
}

export function isModulus(value: string): boolean {
  const bytes = decodeBase64url(value);
  // The highest bit is set, so that the length in bytes is the length in bits.
  return (
    bytes !== null &&
    bytes.length >= leastModulusBytes &&
    bytes.length <= mostModulusBytes &&
    (bytes[0] ?? 0) >= 0x80
  );
}

export function isExponent(value: string): boolean {
  const bytes = decodeBase64url(value);
  if (bytes === null || bytes.length > mostExponentBytes || bytes[0] === 0) return false;
  const exponent = bytes.reduce((high, byte) => high * 256 + byte, 0);
  return exponent >= leastExponent && exponent % 2 === 1;
}

const p = 2n ** 255n - 19n;

/** The y of every point of Ed25519 whose order is 1, 2, 4 or 8, and of the encodings that are not reduced. The two long ones have the order 8. */
const smallOrders: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  p - 1n,
  p,
  p + 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
]);

/**
 * Whether a text is a key of Ed25519, and none under which a signature can be made without a private key, for any text or for one in eight.
 *
 * @see [RFC 8032 §8.9](https://www.rfc-editor.org/rfc/rfc8032.html#section-8.9), [Taming the many EdDSAs](https://eprint.iacr.org/2020/1244)
 */
export function isSafePoint(value: string): boolean {
  const bytes = decodeBase64url(value);
  if (bytes?.length !== coordinateBytes) return false;
  // Little-endian; the highest bit is the sign of x, which the mirrored point differs in.
  const hex = [...bytes].reverse().map((byte) => byte.toString(16).padStart(2, '0'));
  return !smallOrders.has(BigInt(`0x${hex.join('')}`) & (2n ** 255n - 1n));
}
