import { expect, test } from 'vitest';
import { createRevocationIndex } from '../../src/revocations/index.js';

const now = 1_800_000_000;
const token = { sid: 's1', sub: 'ada', epoch: 3, kid: 'k1' };

test('a token is void by its session, by an epoch that moved on, and by its key', () => {
  const index = createRevocationIndex();
  expect(index.isRevoked(token)).toBe(false);
  index.add({ kind: 'session', sessionId: 's1' }, now + 60);
  expect(index.isRevoked(token)).toBe(true);
  expect(index.isRevoked({ ...token, sid: 's2' })).toBe(false);
  index.add({ kind: 'key', kid: 'k1' }, now + 60);
  expect(index.isRevoked({ ...token, sid: 's2' })).toBe(true);
  expect(index.isRevoked({ sid: 's2', sub: 'ada', epoch: 3 })).toBe(false);
});

test('a subject entry refuses the epochs below it, and a token that names none', () => {
  const index = createRevocationIndex();
  index.add({ kind: 'subject', subject: 'ada', epoch: 3 }, now + 60);
  expect(index.isRevoked({ sid: 's', sub: 'ada', epoch: 2 })).toBe(true);
  expect(index.isRevoked({ sid: 's', sub: 'ada', epoch: 3 })).toBe(false);
  expect(index.isRevoked({ sid: 's', sub: 'ada' })).toBe(true);
  expect(index.isRevoked({ sid: 's', sub: 'bob' })).toBe(false);
});

test('a login in the second of a revocation is told from one before it, whatever the clocks say', () => {
  // The revoking node is 5 s ahead of the node of the new login: by clocks the new token is the older one.
  const revokedAt = now + 5;
  const before = { sid: 'old', sub: 'ada', epoch: 0, iat: now, auth_time: now };
  const after = { sid: 'new', sub: 'ada', epoch: 1, iat: now, auth_time: now };
  const isVoidByClock = (issued: { readonly auth_time: number }): boolean => issued.auth_time < revokedAt;
  expect([isVoidByClock(before), isVoidByClock(after)]).toEqual([true, true]);
  // The other way round, and within one whole second, the old token would stay good.
  expect(before.auth_time < now).toBe(false);

  const index = createRevocationIndex();
  index.add({ kind: 'subject', subject: 'ada', epoch: 1 }, revokedAt + 300);
  expect([index.isRevoked(before), index.isRevoked(after)]).toEqual([true, false]);
});

test('an older epoch that comes late does not take the newer one away', () => {
  const index = createRevocationIndex();
  index.add({ kind: 'subject', subject: 'ada', epoch: 5 }, now + 60);
  index.add({ kind: 'subject', subject: 'ada', epoch: 4 }, now + 61);
  expect(index.isRevoked({ sid: 's', sub: 'ada', epoch: 4 })).toBe(true);
});

test('what is over is forgotten, except compromised keys', () => {
  const index = createRevocationIndex();
  index.add({ kind: 'session', sessionId: 's1' }, now + 10);
  index.add({ kind: 'subject', subject: 'ada', epoch: 9 }, now + 10);
  index.add({ kind: 'key', kid: 'k9' }, now + 10);
  index.add({ kind: 'session', sessionId: 's2' }, now + 20);
  index.expire(now + 9);
  expect(index.size).toBe(4);
  index.expire(now + 10);
  expect([...index.entries()]).toEqual([
    { kind: 'key', kid: 'k9' },
    { kind: 'session', sessionId: 's2' },
  ]);
});

test('an entry that comes again is kept from the latest time on', () => {
  const index = createRevocationIndex();
  index.add({ kind: 'session', sessionId: 's1' }, now + 10);
  index.add({ kind: 'session', sessionId: 's2' }, now + 20);
  index.add({ kind: 'session', sessionId: 's1' }, now + 30);
  index.expire(now + 20);
  expect([...index.entries()]).toEqual([{ kind: 'session', sessionId: 's1' }]);
});

test('at its bound the index drops the oldest, and says until when it misses it', () => {
  const index = createRevocationIndex({ maxEntries: 2 });
  index.add({ kind: 'subject', subject: 'ada', epoch: 1 }, now + 10);
  index.add({ kind: 'session', sessionId: 's1' }, now + 20);
  expect(index.incompleteUntil).toBe(0);
  index.add({ kind: 'session', sessionId: 's2' }, now + 30);
  expect(index.incompleteUntil).toBe(now + 10);
  expect([...index.entries()]).toEqual([
    { kind: 'session', sessionId: 's1' },
    { kind: 'session', sessionId: 's2' },
  ]);
});

test('a bound that is no whole number is refused', () => {
  for (const maxEntries of [0, -1, 1.5, Number.NaN]) {
    expect(() => createRevocationIndex({ maxEntries })).toThrow(/maxEntries/);
  }
});
