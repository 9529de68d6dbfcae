import { decodeBase64url } from '../base/base64url.js';

/** The length of a session id before it is written as base64url. */
export const sessionIdBytes = 16;

/** Whether a text has the form of a session id: 16 bytes, base64url. */
export function isSessionId(text: string): boolean {
  return text.length === 22 && decodeBase64url(text)?.length === sessionIdBytes;
}
