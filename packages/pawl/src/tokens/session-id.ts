import { createHash } from 'node:crypto';
import { fromBase64url } from '../base/bytes.js';
import type { Random } from '../base/random.js';

/** The length of a session id before it is written as base64url. */
export const sessionIdBytes = 16;

/** How many bytes of a session id are derived from its subject. */
export const subjectTagBytes = 4;

/**
 * The part that the ids of all sessions of a subject begin with, so that a store can keep a subject's records together
 * and find them from a session id alone. It is a short hash: it hides nothing from somebody who guesses subjects.
 */
export function subjectTag(subject: string): Buffer {
  return createHash('sha256').update('pawl subject\0').update(subject).digest().subarray(0, subjectTagBytes);
}

/** A new session id, base64url: the subject's tag and 12 random bytes. */
export function createSessionId(subject: string, random: Random): string {
  return Buffer.concat([subjectTag(subject), random.bytes(sessionIdBytes - subjectTagBytes)]).toString(
    'base64url',
  );
}

/** Whether a text has the form of a session id: 16 bytes, base64url. */
export function isSessionId(text: string): boolean {
  return text.length === 22 && fromBase64url(text)?.length === sessionIdBytes;
}
