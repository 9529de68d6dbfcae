import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HeldTokens, type SessionRecord, supersedes } from '../../src/client/session-record.js';

const tokens = fc.record({
  sessionId: fc.constantFrom('one', 'two'),
  accessToken: fc.constant('a'),
  refreshToken: fc.constant('r'),
  generation: fc.integer({ min: 0, max: 3 }),
  fork: fc.integer({ min: 0, max: 2 }),
  accessExpiresAt: fc.integer({ min: 0, max: 3 }),
  refreshAt: fc.constant(0),
});

function signedIn(held: HeldTokens): SessionRecord {
  return { status: 'signed-in', revision: 1, clockAheadSeconds: 0, tokens: held, key: null };
}

test('of two sets of tokens the one of the higher generation, then fork, is kept, in either order of arrival', () => {
  fc.assert(
    fc.property(tokens, tokens, (one, two) => {
      const place = ({ generation, fork }: HeldTokens): number => generation * 10 + fork;
      const replaces = supersedes(two, signedIn(one));
      if (one.sessionId !== two.sessionId || place(two) < place(one)) expect(replaces).toBe(false);
      if (one.sessionId === two.sessionId && place(two) > place(one)) expect(replaces).toBe(true);
    }),
  );
});

test('no late answer brings back a session that was ended or cleared away', () => {
  const late = { sessionId: 'one', accessToken: 'a', refreshToken: 'r', generation: 9, fork: 0 };
  const offered = { ...late, accessExpiresAt: 9, refreshAt: 9 };
  const place = { revision: 2, clockAheadSeconds: 0 };
  for (const reason of ['logged-out', 'refused'] as const) {
    expect(supersedes(offered, { status: 'ended', sessionId: 'one', reason, ...place })).toBe(false);
  }
  expect(supersedes(offered, null)).toBe(false);
});
