import { timingSafeEqual } from 'node:crypto';

/** Compares two byte strings in time that depends on their lengths only. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Compares two strings, as UTF-8, in time that depends on their lengths only. */
export function equalText(left: string, right: string): boolean {
  return equalBytes(Buffer.from(left), Buffer.from(right));
}

/** The bytes with the methods of Buffer: themselves when they have them, otherwise a copy, which takes less time than a view when they are few. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
}
