import { decodeBase64url, encodeBase64url } from '../base/base64url.js';
import type { Algorithm } from './algorithms.js';
import { type Engine, type JwsKey, runtimeEngine } from './engine.js';
import { isJsonObject, type JsonObject } from '../base/json-object.js';

/** The members that make a public key, in the order of RFC 7638 §3.2, and no other. */
export type PublicJwkMembers = Readonly<Record<string, string>> & { readonly kty: string };

/** Members of private and of symmetric keys (RFC 7518 §6). A JWK that holds one was published by mistake. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const coordinateBytes = 32;

/** RFC 7518 §3.3 asks for 2048 bits at least. Above the upper end a signature costs more than a caller may make us pay. */
const leastModulusBytes = 256;
const mostModulusBytes = 1024;

/** FIPS 186-5 §5.1: the exponent is odd and above 2^16. With the exponent 1 every text would be its own signature. */
const leastExponent = 65_537;
const mostExponentBytes = 4;

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
  if (!isJsonObject(jwk) || jwk['kty'] !== algorithm.kty) return null;
  if (privateMembers.some((name) => Object.hasOwn(jwk, name)) || !isForSignatures(jwk, algorithm))
    return null;
  return membersOf[algorithm.kty](jwk, algorithm);
}

function isForSignatures(jwk: JsonObject, algorithm: Algorithm): boolean {
  const { use, key_ops: operations, alg } = jwk;
  return (
    (use === undefined || use === 'sig') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify'))) &&
    (alg === undefined || alg === algorithm.name)
  );
}

type ReadMembers = (jwk: JsonObject, algorithm: Algorithm) => PublicJwkMembers | null;

const membersOf: Readonly<Record<Algorithm['kty'], ReadMembers>> = {
  EC({ crv, x, y }, algorithm) {
    return isCurve(crv, algorithm) && isCoordinate(x) && isCoordinate(y) ? { crv, kty: 'EC', x, y } : null;
  },
  OKP({ crv, x }, algorithm) {
    return isCurve(crv, algorithm) && isCoordinate(x) && !isOfSmallOrder(x) ? { crv, kty: 'OKP', x } : null;
  },
  RSA({ e, n }) {
    return isExponent(e) && isModulus(n) ? { e, kty: 'RSA', n } : null;
  },
};

function bytesOf(value: unknown): Uint8Array | null {
  return typeof value === 'string' ? decodeBase64url(value) : null;
}

function isCurve(value: unknown, algorithm: Algorithm): value is string {
  return typeof value === 'string' && value === algorithm.crv;
}

function isCoordinate(value: unknown): value is string {
  return bytesOf(value)?.length === coordinateBytes;
}

function isModulus(value: unknown): value is string {
  const bytes = bytesOf(value);
  // The highest bit is set, so that the length in bytes is the length in bits.
  return (
    bytes !== null &&
    bytes.length >= leastModulusBytes &&
    bytes.length <= mostModulusBytes &&
    (bytes[0] ?? 0) >= 0x80
  );
}

function isExponent(value: unknown): value is string {
  const bytes = bytesOf(value);
  if (bytes === null || bytes.length > mostExponentBytes || bytes[0] === 0) return false;
  const exponent = bytes.reduce((high, byte) => high * 256 + byte, 0);
  return exponent >= leastExponent && exponent % 2 === 1;
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
 * Whether a key of Ed25519 is one under which a signature can be made without a private key, for any text or for one in eight.
 *
 * @see [RFC 8032 §8.9](https://www.rfc-editor.org/rfc/rfc8032.html#section-8.9), [Taming the many EdDSAs](https://eprint.iacr.org/2020/1244)
 */
function isOfSmallOrder(x: string): boolean {
  const bytes = decodeBase64url(x) ?? new Uint8Array();
  // Little-endian; the highest bit is the sign of x, which the mirrored point differs in.
  const hex = [...bytes].reverse().map((byte) => byte.toString(16).padStart(2, '0'));
  return smallOrders.has(BigInt(`0x${hex.join('')}`) & (2n ** 255n - 1n));
}
