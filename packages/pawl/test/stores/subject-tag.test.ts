import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemRandom } from '../../src/base/random.js';
import {
  createSessionId,
  placeOfSession,
  placeOfSubject,
  subjectTag,
  subjectTagBytes,
} from '../../src/stores/subject-tag.js';
import { isSessionId, sessionIdBytes } from '../../src/sealed/session-id.js';

const bytesOf = (id: string) => Buffer.from(id, 'base64url');

describe('a session id', () => {
  test('begins with the tag of its subject, and has its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (subject) => {
        const id = createSessionId(subject, systemRandom);
        expect(isSessionId(id)).toBe(true);
        expect(bytesOf(id)).toHaveLength(sessionIdBytes);
        expect(bytesOf(id).subarray(0, subjectTagBytes)).toEqual(subjectTag(subject));
        expect(placeOfSession(id)).toBe(placeOfSubject(subject));
      }),
    );
  });

  test('is another for each session of one subject', () => {
    const ids = Array.from({ length: 10_000 }, () => createSessionId('alice', systemRandom));
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(ids.map((id) => bytesOf(id).toString('hex').slice(0, 8))).size).toBe(1);
    expect(new Set(ids.map((id) => bytesOf(id).toString('hex').slice(8))).size).toBe(ids.length);
  });

  test('has a tag that tells subjects apart, and that stays the same for ever', () => {
    const tags = Array.from({ length: 1000 }, (_, index) => subjectTag(`user-${index}`).toString('hex'));
    // 32 bits: among 1000 subjects even one pair is a chance of 1 in 8600.
    expect(new Set(tags).size).toBeGreaterThan(998);
    expect(subjectTag('alice').toString('hex')).toBe('43d0bb31');
    expect(placeOfSubject('alice')).toBe('Q9C7M');
  });
});
