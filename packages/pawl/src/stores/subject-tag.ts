import { createHash } from 'node:crypto';
import type { Random } from '../base/random.js';

/** How many bytes of a session id are derived from its subject. */
export const subjectTagBytes = 4;

/** How many bytes of a session id are random. */
const randomBytes = 12;

/** How many characters of a session id, base64url, hold nothing but its subject's tag. */
const tagCharacters: number = Math.floor((subjectTagBytes * 8) / 6);

/**
 * The part that the ids of all sessions of a subject begin with, so that a store can keep a subject's records together
 * and find them from a session id alone. It is a short hash: it hides nothing from somebody who guesses subjects, and two
 * subjects may share one.
 */
export function subjectTag(subject: string): Buffer {
  return createHash('sha256').update('pawl subject\0').update(subject).digest().subarray(0, subjectTagBytes);
}

/** A new session id, base64url: the subject's tag and 12 random bytes. */
export function createSessionId(subject: string, random: Random): string {
  return Buffer.concat([subjectTag(subject), random.bytes(randomBytes)]).toString('base64url');
}

/** The text that a subject's records are found under: the same for the subject and for each of its session ids. */
export function placeOfSubject(subject: string): string {
  return placeOfSession(subjectTag(subject).toString('base64url'));
}

/** As {@link placeOfSubject}, from a session id; for a text that is none, some text. */
export function placeOfSession(sessionId: string): string {
  return sessionId.slice(0, tagCharacters);
}
