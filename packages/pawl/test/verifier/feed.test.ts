import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { followStore, type Revocations } from '../../src/revocations/index.js';
import type { Revocation, RevocationEntry, RevocationStore } from '../../src/stores/revocations.js';
import { createFakeClock, type FakeClock } from '../../src/testing/index.js';
import { createVerifier, type Verifier, type VerifierEvent } from '../../src/verifier/index.js';
import {
  audience,
  claimsOf,
  createForeignKey,
  createIssuer,
  type ForeignKey,
  issuer,
  startAt,
} from './issuer.js';

/** A feed whose connection a test cuts. */
interface Feed {
  readonly source: RevocationStore;
  isCut: boolean;
  revoke(revocation: Revocation): void;
  /** What a store does at least every second; resolves when it was read. */
  wake(): Promise<void>;
}

function createFeed(): Feed {
  const entries: RevocationEntry[] = [];
  const wakes = new Set<() => void>();
  const feed: Feed = {
    isCut: false,
    revoke: (revocation) => entries.push({ ...revocation, at: startAt }),
    async wake() {
      for (const wake of wakes) wake();
      // Reading is a chain of promises; a turn of the event loop ends them all.
      await new Promise((resolve) => setImmediate(resolve));
    },
    source: {
      append: async (added) => {
        entries.push(...added);
      },
      trim: async () => 0,
      watch(wake) {
        wakes.add(wake);
        return () => wakes.delete(wake);
      },
      async read(after) {
        if (feed.isCut) throw new Error('connection refused');
        return {
          entries: entries.slice(Number(after ?? 0)),
          cursor: String(entries.length),
          hasMore: false,
          isContinued: after !== null,
        };
      },
    },
  };
  return feed;
}

let key: ForeignKey;
let feed: Feed;
let clock: FakeClock;
let revocations: Revocations;
let events: VerifierEvent[];

beforeAll(async () => {
  key = await createForeignKey('ES256', 'key-1');
});

beforeEach(async () => {
  feed = createFeed();
  clock = createFakeClock(startAt);
  revocations = followStore(feed.source, { retentionSeconds: 400, clock });
  events = [];
  await revocations.ready();
});

afterEach(() => revocations.close());

function createFollower(maxStalenessSeconds?: number): Verifier {
  return createVerifier({
    issuer,
    audience,
    fetch: createIssuer(key).fetch,
    clock,
    revocations,
    onEvent: (event) => events.push(event),
    ...(maxStalenessSeconds === undefined ? {} : { maxStalenessSeconds }),
  });
}

async function outcomeOf(verifier: Verifier, token: string): Promise<string> {
  const verification = await verifier.verifyToken(token);
  return verification.ok ? 'ok' : `${verification.status} ${verification.reason}`;
}

const told = (): string[] => events.map(({ type }) => type).filter((type) => type.startsWith('feed.'));

describe('a token that was verified before is refused as soon as the feed says so', () => {
  test.each<[string, Revocation, Readonly<Record<string, unknown>>]>([
    ['its session ended', { kind: 'session', sessionId: 'session-1' }, { sid: 'session-1' }],
    ['its subject’s epoch moved on', { kind: 'subject', subject: 'ada', epoch: 3 }, { epoch: 2 }],
    [
      'its subject’s epoch moved on, and it has none',
      { kind: 'subject', subject: 'ada', epoch: 1 },
      { epoch: undefined },
    ],
    ['its key was compromised', { kind: 'key', kid: 'key-1' }, {}],
  ])('%s', async (_why, revocation, claims) => {
    const verifier = createFollower();
    const token = await key.sign(claimsOf(claims));
    expect(await outcomeOf(verifier, token)).toBe('ok');
    feed.revoke(revocation);
    await feed.wake();
    expect(await outcomeOf(verifier, token)).toBe('401 revoked');
    expect(await outcomeOf(createFollower(), token)).toBe('401 revoked');
  });

  test('and others are not', async () => {
    const verifier = createFollower();
    const token = await key.sign(claimsOf({ sid: 'session-1', epoch: 3 }));
    for (const revocation of [
      { kind: 'session', sessionId: 'session-2' },
      { kind: 'subject', subject: 'ada', epoch: 3 },
      { kind: 'subject', subject: 'bob', epoch: 9 },
      { kind: 'key', kid: 'key-2' },
    ] as const) {
      feed.revoke(revocation);
    }
    await feed.wake();
    expect(await outcomeOf(verifier, token)).toBe('ok');
  });
});

describe('when the feed is cut', () => {
  test('without a limit tokens are accepted, and it is told once, and once that it is back', async () => {
    const verifier = createFollower();
    const token = await key.sign(claimsOf());
    feed.isCut = true;
    for (let second = 0; second < 120; second++) {
      clock.advance(1);
      await feed.wake();
      expect(await outcomeOf(verifier, token)).toBe('ok');
    }
    expect(told()).toEqual(['feed.stale']);
    feed.isCut = false;
    await feed.wake();
    expect(await outcomeOf(verifier, token)).toBe('ok');
    expect(told()).toEqual(['feed.stale', 'feed.fresh']);
  });

  test('with a limit tokens are refused with 503 beyond it, and accepted again when the feed is back', async () => {
    const verifier = createFollower(10);
    const token = await key.sign(claimsOf());
    expect(await outcomeOf(verifier, token)).toBe('ok');
    feed.isCut = true;
    clock.advance(10);
    await feed.wake();
    expect(await outcomeOf(verifier, token)).toBe('ok');
    clock.advance(1);
    await feed.wake();
    const refused = await verifier.verifyToken(token);
    expect(refused).toMatchObject({ ok: false, status: 503, reason: 'stale' });
    const names = refused.ok ? [] : refused.headers.map(([name]) => name);
    expect(names).toContain('retry-after');
    expect(names).not.toContain('www-authenticate');
    feed.isCut = false;
    await feed.wake();
    expect(await outcomeOf(verifier, token)).toBe('ok');
    expect(told()).toEqual(['feed.stale', 'feed.fresh']);
  });

  test('what was known before stays in force, and a revoked token is 401, not 503', async () => {
    const verifier = createFollower(10);
    const token = await key.sign(claimsOf({ sid: 'session-1' }));
    feed.revoke({ kind: 'session', sessionId: 'session-1' });
    await feed.wake();
    feed.isCut = true;
    clock.advance(60);
    expect(await outcomeOf(verifier, token)).toBe('401 revoked');
    expect(await outcomeOf(verifier, 'nonsense')).toBe('401 malformed');
  });

  test('from the start, the limit holds until the first snapshot', async () => {
    await revocations.close();
    feed.isCut = true;
    revocations = followStore(feed.source, { retentionSeconds: 400, clock });
    const token = await key.sign(claimsOf());
    expect(await outcomeOf(createFollower(10), token)).toBe('503 stale');
    expect(await outcomeOf(createFollower(), token)).toBe('ok');
    feed.isCut = false;
    await feed.wake();
    expect(await outcomeOf(createFollower(10), token)).toBe('ok');
  });

  test('what ended meanwhile is refused when it is back', async () => {
    const verifier = createFollower();
    const token = await key.sign(claimsOf({ sid: 'session-1' }));
    feed.isCut = true;
    feed.revoke({ kind: 'session', sessionId: 'session-1' });
    await feed.wake();
    expect(await outcomeOf(verifier, token)).toBe('ok');
    feed.isCut = false;
    await feed.wake();
    expect(await outcomeOf(verifier, token)).toBe('401 revoked');
  });
});
