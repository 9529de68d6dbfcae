import type { Secret } from 'pawl';

const minPasswordCharacters = 8;
const maxPasswordBytes = 1024;

/** No rules of composition (NIST SP 800-63B §3.1.1.2): they make passwords predictable. */
export const passwordRule: string = `a password has at least ${minPasswordCharacters} characters and at most ${maxPasswordBytes} bytes`;

export function isAcceptablePassword(password: Secret): boolean {
  const text = password.reveal();
  return Array.from(text).length >= minPasswordCharacters && Buffer.byteLength(text) <= maxPasswordBytes;
}
