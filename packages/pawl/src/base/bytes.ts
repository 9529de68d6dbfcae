import { timingSafeEqual } from 'node:crypto';

/** Compares two byte strings in time that depends on their lengths only. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Compares two strings, as UTF-8, in time that depends on their lengths only. */
export function equalText(left: string, right: string): boolean {
  return equalBytes(Buffer.from(left), Buffer.from(right));
}

const base64urlAlphabet = /^[A-Za-z0-9_-]*$/;

/**
 * Decodes base64url without padding (RFC 4648 §5).
 *
 * @returns null for padding, foreign characters, an impossible length, or trailing bits that are not zero: exactly
 * one text stands for each byte string
 */
export function fromBase64url(text: string): Buffer | null {
  if (!base64urlAlphabet.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}
