import { describe, expect, test } from 'vitest';
import {
  createLocalMasterKey,
  type LoginRequest,
  type PawlEvent,
  Secret,
  type SessionTokens,
  type Tokens,
} from '../../src/index.js';
import { createSeededRandom } from '../../src/testing/seeded-random.js';
import { createChild, newChild } from '../../src/testing/session-fixture.js';
import type { Session } from '../../src/rotation/index.js';
import { storeKinds } from './stores.js';
import { grantedAs, loginAs, openWorld, summaryOf, type World, type WorldOptions } from './world.js';

const seed = Math.floor(Math.random() * 0x1_0000_0000);
const rounds = 40;
const key = 'k'.repeat(43);
const byCookie = { subject: 'ada', transport: 'cookie' } as const;

interface Case extends World {
  readonly tokens: Tokens;
  readonly record: () => Promise<Session>;
  /** Logs in again with what the browser holds; by default with the refresh token of the login. */
  readonly again: (
    request?: Partial<LoginRequest> & { readonly held?: string },
  ) => ReturnType<World['authority']['reauthenticate']>;
}

/** The tokens of a login into a session that is there. */
async function grantedAgain(result: ReturnType<Case['again']>): Promise<Tokens> {
  const granted = await result;
  if (!granted.granted) throw new Error(`refused: ${granted.outcome}`);
  if (!('refreshToken' in granted.tokens)) throw new Error('no refresh token');
  return granted.tokens;
}

describe.each(
  storeKinds,
)(`a login into the session that the browser has, on the store $kind, seed ${seed}`, ({ openStore }) => {
  async function open(options: WorldOptions = {}, login: Partial<LoginRequest> = {}): Promise<Case> {
    const world = await openWorld({ ...options, store: await openStore() });
    const { authority, store, clock, takeEvents } = world;
    const tokens = await loginAs(authority, 'ada', { transport: 'cookie', ...login });
    clock.advance(20);
    takeEvents();
    return {
      ...world,
      tokens,
      record: async () => {
        const session = await store.sessions.find(tokens.sessionId);
        if (session === null) throw new Error('no such session');
        return session;
      },
      again: (request = {}) =>
        authority.reauthenticate({ ...byCookie, held: tokens.refreshToken, ...request }),
    };
  }

  test('keeps its id, its device, its age and the sessions under it, and says when and how it was', async () => {
    const opened = await open({}, { device: 'Firefox', amr: ['pwd'] });
    const { authority, store, clock, tokens, record, takeEvents } = opened;
    const before = await record();
    const random = createSeededRandom(seed);
    const now = clock.now();
    const lifetime = { createdAt: now, expiresAt: now + 86_400, authTime: now };
    const child = await createChild(store.sessions, before, newChild(random, before, lifetime), { now });
    clock.advance(1000);
    takeEvents();
    const amr = ['pwd', 'otp'];
    const next = await grantedAgain(
      opened.again({ amr, acr: 'gold', device: 'another', address: '192.0.2.7' }),
    );
    const then = clock.now();
    expect(next.sessionId).toBe(tokens.sessionId);
    const event = { type: 'session.reauthenticated', at: then, subject: 'ada', sessionId: tokens.sessionId };
    expect(takeEvents()).toEqual([{ ...event, amr, address: '192.0.2.7' }]);
    expect(await record()).toEqual({
      ...before,
      ...{ authTime: then, amr, acr: 'gold', rotatedAt: then, seen: false },
      ...{ generation: 1, fork: 0, previousFork: 0, floor: 1, network: expect.any(String) as string },
    });
    expect(await authority.findSession(child.id)).toMatchObject({ alive: true });
    const verified = await authority.verify(next.accessToken);
    expect(verified).toMatchObject({
      valid: true,
      claims: { auth_time: Math.floor(then), amr, acr: 'gold', sid: tokens.sessionId },
    });
    expect((await authority.listSessions('ada')).map(({ id }) => id)).toContain(tokens.sessionId);
  });

  test('supersedes every token from before: refused, never taken for stolen, inside the window and after', async () => {
    const opened = await open();
    const { authority, clock, tokens, takeEvents } = opened;
    const second = grantedAs(
      'rotated',
      await authority.refresh({ refreshToken: tokens.refreshToken, transport: 'cookie' }),
    );
    clock.advance(20);
    const third = await grantedAgain(opened.again({ held: second.refreshToken }));
    takeEvents();
    for (const seconds of [0, 11, 3600]) {
      clock.advance(seconds);
      for (const { refreshToken } of [tokens, second])
        expect(await authority.refresh({ refreshToken, transport: 'cookie' })).toMatchObject({
          outcome: 'superseded',
          sessionOver: false,
        });
    }
    expect(new Set(takeEvents().map(summaryOf))).toEqual(new Set(['refresh.refused superseded']));
    grantedAs('rotated', await authority.refresh({ refreshToken: third.refreshToken, transport: 'cookie' }));
  });

  test('takes whatever the browser still holds that is good, and nothing else', async () => {
    const opened = await open();
    const { authority, tokens, takeEvents, clock } = opened;
    const second = grantedAs(
      'rotated',
      await authority.refresh({ refreshToken: tokens.refreshToken, transport: 'cookie' }),
    );
    // A retired token is of the session all the same: who has typed the password is its owner.
    for (const held of [tokens.refreshToken, second.refreshToken]) await grantedAgain(opened.again({ held }));
    takeEvents();
    const foreign = await openWorld({ masterKey: createLocalMasterKey(new Secret(Buffer.alloc(32, 7))) });
    const { refreshToken: theirs } = await loginAs(foreign.authority, 'ada', { transport: 'cookie' });
    for (const held of ['', 'x', theirs, authority.loadMark()])
      expect(await opened.again({ held })).toEqual({ granted: false, outcome: 'none' });
    clock.advance(15 * 86_400);
    expect(await opened.again({ held: second.refreshToken })).toEqual({ granted: false, outcome: 'none' });
    expect(takeEvents()).toEqual([]);
  });

  const unsuited: readonly (readonly [string, Partial<LoginRequest>, Partial<LoginRequest>])[] = [
    ['another subject', {}, { subject: 'bob' }],
    ['another client', {}, { clientId: 'app' }],
    ['a wider scope', { scope: 'read' }, { scope: 'read write' }],
    ['a narrower scope', { scope: 'read write' }, { scope: 'read' }],
    ['no scope', { scope: 'read' }, {}],
    ['a key, where the session has none', {}, { boundKey: key }],
    ['no key, where the session has one', { boundKey: key }, {}],
    ['another key', { boundKey: key }, { boundKey: 'j'.repeat(43) }],
    [
      'a key in a body, where the session has it by cookie',
      { boundKey: key },
      { boundKey: key, transport: 'body' },
    ],
    ['a shorter life', {}, { remember: false }],
    ['a longer life', { remember: false }, {}],
    ['another idle end', {}, { idleSeconds: 3600 }],
  ];

  test.each(
    unsuited,
  )('of %s ends the session with the cause "replaced", and starts none', async (_, first, then) => {
    const opened = await open({}, first);
    const { authority, tokens, takeEvents } = opened;
    expect(await opened.again(then)).toEqual({
      granted: false,
      outcome: 'replaced',
    });
    expect(takeEvents().map(summaryOf)).toEqual(['session.revoked replaced']);
    expect(await authority.listSessions('ada')).toEqual([]);
    expect(await authority.listSessions('bob')).toEqual([]);
    expect((await authority.verify(tokens.accessToken)).valid).toBe(false);
  });

  test('of a subject leaves its other sessions alone, also where it replaces one', async () => {
    const opened = await open();
    const { authority, takeEvents } = opened;
    const other = await loginAs(authority, 'ada');
    await opened.again();
    await opened.again({ subject: 'bob' });
    takeEvents();
    expect((await authority.listSessions('ada')).map(({ id }) => id)).toEqual([other.sessionId]);
  });

  test('of a session by the same key goes on under it', async () => {
    const opened = await open({}, { boundKey: key });
    const next = await grantedAgain(opened.again({ boundKey: key }));
    expect(next.tokenType).toBe('DPoP');
    const { refreshToken } = next;
    const { authority, clock } = opened;
    clock.advance(11);
    const refused = await authority.refresh({ refreshToken, transport: 'cookie' });
    expect(refused.outcome).toBe('wrong-key');
    grantedAs('rotated', await authority.refresh({ refreshToken, transport: 'cookie', provenKey: key }));
  });

  test('of a session that would end sooner than one idle time replaces it, so that nobody is logged out sooner', async () => {
    const opened = await open({ idleSeconds: 1000, absoluteSeconds: 3000 });
    const { authority, clock } = opened;
    // Logged in 20 seconds ago; kept alive by being refreshed.
    let { refreshToken } = opened.tokens;
    for (const seconds of [900, 900]) {
      clock.advance(seconds);
      ({ refreshToken } = await grantedAgain(opened.again({ held: refreshToken })));
    }
    const { expiresAt } = await opened.record();
    clock.set(expiresAt - 1000);
    ({ refreshToken } = await grantedAgain(opened.again({ held: refreshToken })));
    clock.advance(1);
    expect(await opened.again({ held: refreshToken })).toEqual({ granted: false, outcome: 'replaced' });
    expect(await authority.listSessions('ada')).toEqual([]);
  });

  test('whose subject was revoked while the password was checked is refused, and ends nothing', async () => {
    const opened = await open();
    const { authority, takeEvents } = opened;
    const epoch = await authority.epochOf('ada');
    await grantedAgain(opened.again({ epoch }));
    await authority.revokeSubject('ada');
    // The session ended with the others: there is nothing to log in to.
    expect(await opened.again({ epoch })).toEqual({ granted: false, outcome: 'none' });
    const later = await loginAs(authority, 'ada', { transport: 'cookie' });
    takeEvents();
    expect(await opened.again({ epoch, held: later.refreshToken })).toEqual({
      granted: false,
      outcome: 'revoked',
    });
    expect(takeEvents()).toEqual([]);
    expect((await authority.verify(later.accessToken)).valid).toBe(true);
  });

  test('of a subject that is gone ends every session of it', async () => {
    let isGone = false;
    const opened = await open({ claims: () => (isGone ? { refused: 'gone' } : { claims: {} }) });
    isGone = true;
    expect(await opened.again()).toEqual({ granted: false, outcome: 'gone' });
    expect(opened.takeEvents().map(summaryOf)).toEqual(['subject.revoked gone']);
  });

  test('with a member that breaks its rule is refused before anything is looked at', async () => {
    const opened = await open();
    const before = await opened.record();
    for (const wrong of [{ subject: '' }, { acr: 'x'.repeat(256) }, { scope: '"' }, { idleSeconds: 0 }])
      await expect(opened.again(wrong)).rejects.toMatchObject({ code: 'invalid_request' });
    expect([await opened.record(), opened.takeEvents()]).toEqual([before, []]);
  });

  test('with session tokens always replaces, because a session token never changes', async () => {
    const world = await openWorld<'session'>({ mode: 'session', store: await openStore() });
    const { authority, takeEvents } = world;
    const { sessionToken: held, sessionId }: SessionTokens = await loginAs(authority, 'ada', {
      transport: 'cookie',
    });
    takeEvents();
    expect(await authority.reauthenticate({ ...byCookie, held })).toEqual({
      granted: false,
      outcome: 'replaced',
    });
    expect(takeEvents().map(summaryOf)).toEqual(['session.revoked replaced']);
    expect(await authority.findSession(sessionId)).toMatchObject({ alive: false });
    expect(await authority.reauthenticate({ ...byCookie, held })).toEqual({
      granted: false,
      outcome: 'none',
    });
  });

  test('that belongs to a key of the browser gives an access token only, for a good access token or none', async () => {
    const opened = await open();
    const { authority, store, clock, tokens, record } = opened;
    const binding = { kind: 'browser', jkt: key } as const;
    const to = {
      generation: 1,
      fork: 0,
      previousFork: 0,
      rotatedAt: clock.now(),
      seen: false,
      network: null,
    };
    expect(
      await store.sessions.apply(await record(), { kind: 'bind', binding, to }, clock.now()),
    ).toMatchObject({ applied: true });
    for (const held of [tokens.accessToken, tokens.refreshToken]) {
      const result = await opened.again({ held });
      expect(result).toMatchObject({ granted: true, tokens: { sessionId: tokens.sessionId } });
      if (result.granted) expect(Object.keys(result.tokens)).not.toContain('refreshToken');
    }
    expect(await record()).toMatchObject({ binding, generation: 3, floor: 3 });
    // Another key, shown with the login, is none of the browser's.
    expect(await opened.again({ held: tokens.accessToken, boundKey: key })).toMatchObject({
      outcome: 'replaced',
    });
    // An unbound session is not logged in to by an access token: it would be left without a refresh token.
    const unbound = await loginAs(authority, 'ada', { transport: 'cookie' });
    expect(await opened.again({ held: unbound.accessToken })).toMatchObject({ outcome: 'replaced' });
  });

  const alarms = (events: readonly PawlEvent[]): string[] =>
    events.map(summaryOf).filter((text) => !/^session\.(?:refreshed|reauthenticated|created)/.test(text));

  test('races refreshes: it is granted, and each token of a refresh is current, a retry or superseded', async () => {
    const random = createSeededRandom(seed);
    const world = await openWorld({ store: await openStore() });
    const { authority, addNode, clock, takeEvents } = world;
    const other = await addNode();
    for (let round = 0; round < rounds; round += 1) {
      const subject = `user-${round}`;
      const login = await loginAs(authority, subject, { transport: 'cookie' });
      clock.advance(20);
      takeEvents();
      const { refreshToken } = login;
      const refresh = () => random.pick([authority, other]).refresh({ refreshToken, transport: 'cookie' });
      const again = () => other.reauthenticate({ subject, transport: 'cookie', held: refreshToken });
      const steps = random.pick([
        [again, refresh],
        [refresh, again],
        [refresh, refresh, again],
        [refresh, again, again, refresh],
      ]);
      const results = await Promise.all(steps.map((step) => step()));
      const granted = results.filter((result) => !('outcome' in result));
      expect(granted).toHaveLength(steps.filter((step) => step === again).length);
      for (const result of results)
        if ('outcome' in result) expect(['rotated', 'replayed', 'superseded']).toContain(result.outcome);
      expect(alarms(takeEvents()).filter((text) => text !== 'refresh.refused superseded')).toEqual([]);
      expect((await authority.listSessions(subject)).map(({ id }) => id)).toEqual([login.sessionId]);
      clock.advance(20);
      const asked = await Promise.all(
        granted.map(async (result) => {
          if (!('tokens' in result) || !('refreshToken' in result.tokens)) throw new Error('refused');
          return authority.refresh({ refreshToken: result.tokens.refreshToken, transport: 'cookie' });
        }),
      );
      // Of two logins the later one has superseded the other.
      expect(asked.map(({ outcome }) => outcome).sort()).toEqual(
        ['rotated', 'superseded'].slice(0, granted.length),
      );
    }
  });

  test('races logouts: either is first, and the session is over in the end, without an alarm', async () => {
    const random = createSeededRandom(seed);
    const { authority, addNode, clock, takeEvents } = await openWorld({ store: await openStore() });
    const other = await addNode();
    for (let round = 0; round < rounds; round += 1) {
      const subject = `user-${round}`;
      const { refreshToken: held, sessionId } = await loginAs(authority, subject, { transport: 'cookie' });
      clock.advance(20);
      takeEvents();
      const again = () => other.reauthenticate({ subject, transport: 'cookie', held });
      const logout = () => authority.logout(held);
      const results = await Promise.all(
        (random.below(2) === 0 ? [again, logout] : [logout, again]).map((step) => step()),
      );
      expect(results).toContain(true);
      const [result] = results.filter((one) => typeof one === 'object');
      if (result?.granted === false) expect(result.outcome).toBe('none');
      expect(alarms(takeEvents())).toEqual(['session.revoked logout']);
      expect(await authority.findSession(sessionId)).toMatchObject({ alive: false });
      if (result?.granted === true) {
        expect((await authority.verify(result.tokens.accessToken)).valid).toBe(false);
      }
    }
  });
});
