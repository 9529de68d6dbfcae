import { describe, expect, test } from 'vitest';
import { PawlError, Secret } from '../../src/index.js';
import { openKeyRing } from '../../src/keys/index.js';
import type { Session } from '../../src/rotation/index.js';
import { initialRotation } from '../../src/rotation/session.js';
import { encodeRefreshToken } from '../../src/sealed/refresh-token.js';
import { countingStore, interceptStore } from './intercepted-store.js';
import { storeKinds } from './stores.js';
import { grantedAs, loginAs, openWorld, summaryOf, type World, type WorldOptions } from './world.js';

const rounds = 25;
const key = 'k'.repeat(43);

interface Case extends World {
  /** Refresh token of a new session by cookie. */
  readonly first: string;
  readonly sessionId: string;
  readonly calls: string[];
  readonly record: () => Promise<Session>;
  /** Redeems a token by cookie; the next one. */
  readonly redeem: (token: string, outcome?: string) => Promise<string>;
}

describe.each(storeKinds)('a refresh token of a cookie that is asked about, on the store $kind', ({
  openStore,
}) => {
  async function open(options: WorldOptions = {}, boundKey?: string): Promise<Case> {
    const { store, calls } = countingStore(await openStore());
    const world = await openWorld({ ...options, store });
    const { authority } = world;
    const bound = boundKey === undefined ? {} : { boundKey };
    const { refreshToken: first, sessionId } = await loginAs(authority, 'ada', {
      transport: 'cookie',
      ...bound,
    });
    return {
      ...world,
      first,
      sessionId,
      calls,
      record: async () => {
        const session = await store.sessions.find(sessionId);
        if (session === null) throw new Error('no such session');
        return session;
      },
      redeem: async (refreshToken, outcome = 'rotated') =>
        grantedAs(outcome, await authority.refresh({ refreshToken, transport: 'cookie' })).refreshToken,
    };
  }

  /** Asks, and expects that one look-up was all, and nobody was told. */
  async function ask({ authority, takeEvents, calls, record }: Case, refreshToken: string) {
    const before = await record();
    takeEvents();
    calls.length = 0;
    const recognition = await authority.recognise({ refreshToken, address: '192.0.2.1', agent: 'Firefox/1' });
    expect([calls, takeEvents()]).toEqual([['sessions.find'], []]);
    expect(await record()).toEqual(before);
    return recognition;
  }

  test('is of its session where the rule takes it for the current one or a retry, and nothing is written', async () => {
    const opened = await open();
    const { first, sessionId, clock, redeem, authority } = opened;
    const createdAt = clock.now();
    const ofAda = (lastRefreshedAt: number | null) => ({
      recognised: true,
      session: { id: sessionId, subject: 'ada', alive: true, createdAt, lastRefreshedAt, binding: 'none' },
    });
    expect(await ask(opened, first)).toMatchObject(ofAda(null));
    clock.advance(20);
    expect(await ask(opened, first)).toMatchObject(ofAda(null));
    const second = await redeem(first);
    const rotatedAt = clock.now();
    clock.advance(9);
    for (const token of [first, second]) expect(await ask(opened, token)).toMatchObject(ofAda(rotatedAt));
    clock.advance(20);
    expect(await ask(opened, second)).toMatchObject(ofAda(rotatedAt));
    // Recognised for all the time, and used never: it idles from its last refresh.
    const found = await authority.findSession(sessionId);
    clock.set(found?.expiresAt ?? 0);
    expect(await ask(opened, second)).toEqual({ recognised: false, reason: 'ended' });
  });

  test('ahead of a record that lost its last write is of its session', async () => {
    const opened = await open();
    const { first, redeem, store, record, clock } = opened;
    const second = await redeem(first);
    const to = { kind: 'advance', to: initialRotation } as const;
    expect(await store.sessions.apply(await record(), to, clock.now())).toMatchObject({ applied: true });
    expect(await ask(opened, second)).toMatchObject({ recognised: true });
    await redeem(second, 'healed');
  });

  test('that would be forgiven is unproven, and is forgiven where it is redeemed', async () => {
    const opened = await open();
    const { first, redeem, clock } = opened;
    await redeem(first);
    clock.advance(11);
    for (let times = 0; times < 3; times += 1)
      expect(await ask(opened, first)).toEqual({ recognised: false, reason: 'unproven' });
    await redeem(first, 'forked');
  });

  test('of a session that is bound to a key says so, and nobody is told of a wrong key', async () => {
    for (const onWrongKey of ['report', 'session', 'subject'] as const) {
      const opened = await open({ cookiePolicy: { preset: 'resilient', onWrongKey } }, key);
      expect(await ask(opened, opened.first)).toEqual({ recognised: false, reason: 'bound' });
    }
  });

  test('of a session that has ended, or that its owner has logged in to again, has ended', async () => {
    const opened = await open();
    const { authority, first, sessionId, clock } = opened;
    clock.advance(20);
    expect(
      await authority.reauthenticate({ subject: 'ada', transport: 'cookie', held: first }),
    ).toMatchObject({
      granted: true,
    });
    expect(await ask(opened, first)).toEqual({ recognised: false, reason: 'ended' });
    await authority.revokeSession(sessionId);
    expect(await ask(opened, first)).toEqual({ recognised: false, reason: 'ended' });
  });

  test('that is none of ours is unknown, and the sessions are not looked at', async () => {
    const { authority, calls, takeEvents, first } = await open();
    const { accessToken } = await loginAs(authority, 'ada');
    const garbled = first.slice(0, -1) + (first.endsWith('A') ? 'B' : 'A');
    takeEvents();
    calls.length = 0;
    for (const refreshToken of [
      '',
      'x',
      'prt_',
      garbled,
      accessToken,
      authority.loadMark(),
      '\u0000',
      'é'.repeat(5000),
    ])
      expect(await authority.recognise({ refreshToken })).toEqual({ recognised: false, reason: 'unknown' });
    expect([calls, takeEvents()]).toEqual([[], []]);
  });

  test('that looks reused is left to a refresh, which tells and ends what the policy says', async () => {
    for (const onReuse of ['subject', 'session'] as const) {
      const { authority, first, redeem, clock, takeEvents, record } = await open({
        cookiePolicy: { preset: 'balanced', onReuse },
      });
      const other = await loginAs(authority, 'ada');
      await redeem(first);
      clock.advance(11);
      takeEvents();
      const before = await record();
      // Another site may have had the request under way while the owner went on.
      expect(await authority.recognise({ refreshToken: first })).toEqual({
        recognised: false,
        reason: 'unproven',
      });
      expect([takeEvents(), await record()]).toEqual([[], before]);
      await authority.refresh({ refreshToken: first, transport: 'cookie' });
      const [reused, ended] = takeEvents().map(summaryOf);
      expect([reused, ended]).toEqual([`session.reused ${onReuse}`, `${onReuse}.revoked reused`]);
      expect((await authority.verify(other.accessToken)).valid).toBe(onReuse === 'session');
      expect(await authority.recognise({ refreshToken: first })).toEqual({
        recognised: false,
        reason: 'ended',
      });
    }
  });

  test('that somebody else made with our key is not recognised, and is left to a refresh', async () => {
    const { authority, sessionId, masterKey, store, clock, takeEvents, first } = await open();
    const ring = await openKeyRing({
      issuer: authority.issuer,
      documents: store.documents,
      masterKeys: [masterKey],
      algorithm: 'ES256',
      now: clock.now(),
    });
    const contents = { sessionId, generation: 0, fork: 0, secret: new Secret(Buffer.alloc(16)) };
    takeEvents();
    const forged = encodeRefreshToken('opaque', contents, ring.refreshKey());
    expect(await authority.recognise({ refreshToken: forged })).toEqual({
      recognised: false,
      reason: 'unproven',
    });
    expect(takeEvents()).toEqual([]);
    expect(await authority.recognise({ refreshToken: first })).toMatchObject({ recognised: true });
  });

  test('while its owner redeems it changes nothing: the owner is refreshed, and nobody is told', async () => {
    const { authority, addNode, first, clock, takeEvents, redeem, record } = await open();
    const other = await addNode();
    let token = first;
    takeEvents();
    for (let round = 0; round < rounds; round += 1) {
      const ask = (): Promise<unknown> => other.recognise({ refreshToken: token });
      const [next, ...asked] = await Promise.all([redeem(token), ask(), ask(), ask()]);
      for (const one of asked) expect(one).toMatchObject({ recognised: true });
      expect((await record()).generation).toBe(round + 1);
      expect(await authority.recognise({ refreshToken: next })).toMatchObject({ recognised: true });
      token = next;
      clock.advance(11);
    }
    expect(new Set(takeEvents().map(summaryOf))).toEqual(new Set(['session.refreshed rotated']));
  });

  test('throws while the store is down', async () => {
    let isDown = false;
    const store = interceptStore(await openStore(), (method, perform) =>
      isDown && method.startsWith('sessions.')
        ? Promise.reject(new PawlError('store_unavailable', 'down'))
        : perform(),
    );
    const { authority } = await openWorld({ store });
    const { refreshToken } = await loginAs(authority, 'ada', { transport: 'cookie' });
    isDown = true;
    await expect(authority.recognise({ refreshToken })).rejects.toMatchObject({ code: 'store_unavailable' });
    isDown = false;
    expect(await authority.recognise({ refreshToken })).toMatchObject({ recognised: true });
  });
});
