import { describe, expect, test } from 'vitest';
import { createEventBus, type EndCause } from '../../src/authority/events.js';
import { type CachedSession, SessionCache } from '../../src/authority/session-cache.js';
import { createRevocationIndex, type Revocations } from '../../src/revocations/index.js';
import { policies, type Session } from '../../src/rotation/index.js';
import { initialRotation } from '../../src/rotation/session.js';

const startAt = 1_800_000_000;

interface SetRevocations extends Revocations {
  staleness: number;
  end(revocation: Parameters<ReturnType<typeof createRevocationIndex>['add']>[0]): void;
}

/** Revocations that the test adds, and whose staleness it decides. */
function createRevocations(): SetRevocations {
  const index = createRevocationIndex();
  return {
    staleness: 0,
    end(revocation) {
      index.add(revocation, startAt + 1000);
    },
    isRevoked: (token) => index.isRevoked(token),
    stalenessSeconds() {
      return this.staleness;
    },
    subscribe: () => () => undefined,
    ready: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function sessionOf(id: string, subject: string, changes: Partial<Session> = {}): Session {
  return {
    id,
    subject,
    clientId: 'web',
    scope: '',
    amr: [],
    acr: null,
    device: null,
    secretHash: '',
    binding: { kind: 'none' },
    policy: policies.balanced,
    floor: 0,
    createdAt: startAt,
    expiresAt: startAt + 10_000,
    idleSeconds: 1000,
    usedAt: null,
    ...{ parentId: null, authTime: 0, resources: [], offline: false, thirdParty: false, logoutOwed: false },
    epoch: 2,
    subjectEpoch: 2,
    revokedAt: null,
    ...initialRotation,
    ...changes,
  };
}

function cachedOf(session: Session, readAt = startAt): CachedSession {
  const { id: sid, subject: sub, epoch, createdAt } = session;
  const times = { exp: session.expiresAt, iat: createdAt, auth_time: createdAt };
  const claims = { iss: 'i', sub, aud: 'a', client_id: 'web', jti: sid, sid, epoch, ...times };
  return { session, claims, readAt };
}

function open(maxSessions = 10) {
  const revocations = createRevocations();
  const events = createEventBus((error) => {
    throw error;
  });
  const cache = new SessionCache({ revocations: () => revocations, maxAgeSeconds: 300, maxSessions });
  cache.listen(events);
  const put = (token: string, session: Session) => {
    cache.put(cache.ticket(), token, cachedOf(session));
  };
  const has = (token: string, now = startAt + 1) => cache.find(token, now) !== null;
  const revoke = (subject: string, sessionId: string | null) => {
    const ended = { at: startAt, subject, cause: 'logout' as EndCause };
    events.emit(
      sessionId === null
        ? { type: 'subject.revoked', sessionId: null, ...ended }
        : { type: 'session.revoked', sessionId, ...ended },
    );
  };
  return { revocations, events, cache, put, has, revoke };
}

describe('a session that was looked up', () => {
  test('is answered until it is too old, has expired or the clock was set back', () => {
    for (const [now, changes, isAnswered] of [
      [startAt + 299.9, {}, true],
      [startAt + 300, {}, false],
      [startAt - 0.1, {}, false],
      [startAt + 99.9, { expiresAt: startAt + 100 }, true],
      [startAt + 100, { expiresAt: startAt + 100 }, false],
      [startAt + 100, { idleSeconds: 100 }, false],
      [startAt + 150, { idleSeconds: 100, rotatedAt: startAt + 60 }, true],
    ] as const) {
      const { put, has } = open();
      put('token', sessionOf('s', 'ada', changes));
      expect(has('token', now)).toBe(isAnswered);
      expect(has('another token', now)).toBe(false);
    }
  });

  test('is not answered once the feed tells that it, or an epoch of its subject, is over', () => {
    const { put, has, revocations } = open();
    put('one', sessionOf('s1', 'ada'));
    put('two', sessionOf('s2', 'ada'));
    put('new', sessionOf('s3', 'ada', { epoch: 3, subjectEpoch: 3 }));
    revocations.end({ kind: 'session', sessionId: 's1' });
    expect([has('one'), has('two'), has('new')]).toEqual([false, true, true]);
    revocations.end({ kind: 'subject', subject: 'ada', epoch: 3 });
    expect([has('one'), has('two'), has('new')]).toEqual([false, false, true]);
  });

  test('is not answered while the feed is cut, and again afterwards', () => {
    const { put, has, revocations } = open();
    put('token', sessionOf('s', 'ada'));
    revocations.staleness = 5;
    expect(has('token')).toBe(true);
    revocations.staleness = 5.01;
    expect(has('token')).toBe(false);
    revocations.staleness = Number.POSITIVE_INFINITY;
    expect(has('token')).toBe(false);
    revocations.staleness = 0;
    expect(has('token')).toBe(true);
  });

  test('is not answered once this node has ended it, before the feed tells', () => {
    const { put, has, revoke, cache } = open();
    put('one', sessionOf('s1', 'ada'));
    put('two', sessionOf('s2', 'ada'));
    put('bob', sessionOf('s3', 'bob'));
    revoke('ada', 's1');
    expect([has('one'), has('two'), has('bob')]).toEqual([false, true, true]);
    revoke('ada', null);
    expect([has('one'), has('two'), has('bob')]).toEqual([false, false, true]);
    expect(cache.size).toBe(1);
  });

  test('is read again once this node has bound it to a key', () => {
    const { put, has, events } = open();
    put('one', sessionOf('s1', 'ada'));
    put('two', sessionOf('s2', 'ada'));
    events.emit({ type: 'session.bound', at: startAt, subject: 'ada', sessionId: 's1', binding: 'browser' });
    expect([has('one'), has('two')]).toEqual([false, true]);
  });

  test('is not kept when something ended on this node while it was looked up', () => {
    const { cache, has, revoke } = open();
    const ticket = cache.ticket();
    revoke('ada', 's1');
    cache.put(ticket, 'one', cachedOf(sessionOf('s1', 'ada')));
    expect(has('one')).toBe(false);
    cache.put(cache.ticket(), 'two', cachedOf(sessionOf('s2', 'ada')));
    expect(has('two')).toBe(true);
  });
});

test('the number of sessions is bounded, and the one that was read first goes', () => {
  const { cache, put, has } = open(3);
  for (const name of ['a', 'b', 'c', 'a', 'd']) put(name, sessionOf(`s-${name}`, 'ada'));
  expect(['a', 'b', 'c', 'd'].map((name) => has(name))).toEqual([true, false, true, true]);
  expect(cache.size).toBe(3);
});
