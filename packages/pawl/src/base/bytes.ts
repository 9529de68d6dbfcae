import { timingSafeEqual } from 'node:crypto';

/** Compares two byte strings in time that depends on their lengths only. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Compares two strings, as UTF-8, in time that depends on their lengths only. */
export function equalText(left: string, right: string): boolean {
  return equalBytes(Buffer.from(left), Buffer.from(right));
}

const sextets = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const base64urlAlphabet = /^[A-Za-z0-9_-]*$/;

/** The bits of the last character that stand for nothing, by the length of the text modulo 4; null: no such length. */
const spareBits = [0, null, 0b1111, 0b11] as const;

/**
 * Decodes base64url without padding (RFC 4648 §5).
 *
 * @returns null for padding, foreign characters, an impossible length, or trailing bits that are not zero: exactly
 * one text stands for each byte string
 */
export function fromBase64url(text: string): Buffer | null {
  const spare = spareBits[text.length % 4] ?? null;
  if (spare === null || !base64urlAlphabet.test(text)) return null;
  return (sextets.indexOf(text.at(-1) ?? 'A') & spare) === 0 ? Buffer.from(text, 'base64url') : null;
}
