import { createHash } from 'node:crypto';
import { requireBytes } from '../base/base64url.js';
import type { Session } from '../rotation/session.js';

/** The witness of a parent for a new session's id, as stores make it that have SHA-256: in hexadecimal. */
export function sha256Witness({ secretHash }: Pick<Session, 'secretHash'>, sessionId: string): string {
  return createHash('sha256').update(requireBytes(secretHash)).update(sessionId).digest('hex');
}
