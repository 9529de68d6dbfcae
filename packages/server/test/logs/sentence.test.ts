import { describe, expect, test } from 'vitest';
import { sentence } from '../../src/logs/sentence.js';

const session = { at: 1_800_000_000, subject: 'demo', sessionId: 'x' };
const refreshed = {
  ...session,
  type: 'session.refreshed',
  presentedGeneration: 0,
  presentedFork: 0,
  generation: 1,
  fork: 0,
  sinceRotationSeconds: 0.4321,
  windowSeconds: 10,
} as const;

describe('the sentence of an event', () => {
  test('a retry tells its age and the window', () => {
    expect(sentence({ ...refreshed, outcome: 'replayed' })).toBe(
      'the same token came again 0.4 s after rotation: treated as a retry, window 10 s',
    );
  });

  test('a reuse tells how old the token was and what ended', () => {
    expect(
      sentence({
        ...session,
        type: 'session.reused',
        presentedGeneration: 2,
        presentedFork: 0,
        generation: 5,
        fork: 0,
        sinceRotationSeconds: 60,
        ended: 'subject',
      }),
    ).toBe(
      'a token that was retired 3 rotations ago came back: somebody holds a copy; every session of demo was ended',
    );
  });

  test.each(['rotated', 'kept', 'replayed', 'forked', 'healed'] as const)('%s has one', (outcome) => {
    expect(sentence({ ...refreshed, outcome, sinceRotationSeconds: null })).toMatch(/^[a-z].*[^.]$/);
  });

  test('an event of a later version has a sentence too', () => {
    const later = JSON.parse('{"type":"session.sang","at":1}') as Parameters<typeof sentence>[0];
    expect(sentence(later)).toBe('an event that this version does not know');
  });

  test('the name of a device cannot break the line', () => {
    const created = {
      ...session,
      type: 'session.created',
      clientId: 'x',
      device: 'a"\n{"level":50}',
      binding: 'none',
      address: '203.0.113.9',
    } as const;
    expect(sentence({ ...created, type: 'session.created' })).not.toContain('\n');
  });
});
