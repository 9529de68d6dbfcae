import { describe, expect, test } from 'vitest';
import type { ClaimsAnswer, ClaimsRequest, Tokens } from '../../src/index.js';
import { storeKinds } from './stores.js';
import { grantedAs, isVerified, loginAs, openWorld, present, summaryOf } from './world.js';

async function claimsOf(
  authority: Awaited<ReturnType<typeof openWorld>>['authority'],
  { accessToken }: Tokens,
): Promise<Readonly<Record<string, unknown>>> {
  const verification = await authority.verify(accessToken);
  if (!verification.valid) throw new Error(verification.reason);
  return verification.claims;
}

describe.each(storeKinds)('the claims hook, on the store $kind', ({ openStore }) => {
  test('is asked at login and at each refresh, and its answer is in the token', async () => {
    const asked: ClaimsRequest[] = [];
    let role = 'guest';
    const { authority, clock } = await openWorld({
      store: await openStore(),
      claims(request) {
        asked.push(request);
        return Promise.resolve({ claims: { role, groups: [1, null, { deep: true }] } });
      },
    });
    const login = await loginAs(authority, 'alice', { clientId: 'app', scope: 'a b' });
    expect(await claimsOf(authority, login)).toMatchObject({ role: 'guest', sub: 'alice' });
    role = 'admin';
    const first = grantedAs('rotated', await present(authority, login.refreshToken));
    expect(await claimsOf(authority, first)).toMatchObject({
      role: 'admin',
      groups: [1, null, { deep: true }],
    });
    role = 'guest';
    clock.advance(3);
    const kept = grantedAs('kept', await authority.refresh({ refreshToken: first.refreshToken, scope: 'a' }));
    expect(await claimsOf(authority, kept)).toMatchObject({ role: 'guest', scope: 'a' });
    const { sessionId } = login;
    const request = { subject: 'alice', sessionId, clientId: 'app' };
    expect(asked).toEqual([
      { ...request, reason: 'login', scope: 'a b' },
      { ...request, reason: 'refresh', scope: 'a b' },
      { ...request, reason: 'refresh', scope: 'a' },
    ]);
  });

  test.each([
    'gone',
    'disabled',
  ] as const)('that answers %s ends every session of the subject', async (refused) => {
    let answer: ClaimsAnswer = { claims: {} };
    const world = await openWorld({ store: await openStore(), claims: () => answer });
    const { authority } = world;
    const laptop = await loginAs(authority, 'alice');
    const phone = await loginAs(authority, 'alice');
    const bob = await loginAs(authority, 'bob');
    world.takeEvents();
    answer = { refused };
    expect(await present(authority, laptop.refreshToken)).toEqual({
      granted: false,
      outcome: refused,
      sessionOver: true,
    });
    expect(world.takeEvents().map(summaryOf)).toEqual([`subject.revoked ${refused}`]);
    answer = { claims: {} };
    for (const tokens of [laptop, phone]) {
      expect(await isVerified(authority, tokens)).toBe(false);
      expect((await present(authority, tokens.refreshToken)).outcome).toBe('revoked');
    }
    grantedAs('rotated', await present(authority, bob.refreshToken));
  });

  test.each([
    'gone',
    'disabled',
  ] as const)('that answers %s at login starts nothing and ends the others', async (refused) => {
    let answer: ClaimsAnswer = { claims: {} };
    const world = await openWorld({ store: await openStore(), claims: () => answer });
    const { authority } = world;
    const before = await loginAs(authority, 'alice');
    answer = { refused };
    expect(await authority.login({ subject: 'alice' })).toEqual({ granted: false, outcome: refused });
    expect(await authority.listSessions('alice')).toEqual([]);
    expect(await isVerified(authority, before)).toBe(false);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('the directory is down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the directory is down'))],
  ])('that %s spends no token: the same one is current an hour later', async (_, fail) => {
    let works = true;
    const { authority, clock, takeEvents } = await openWorld({
      store: await openStore(),
      claims: () => (works ? { claims: {} } : fail()),
    });
    const login = await loginAs(authority, 'alice');
    const current = grantedAs('rotated', await present(authority, login.refreshToken));
    takeEvents();
    works = false;
    await expect(authority.login({ subject: 'bob' })).rejects.toMatchObject({ code: 'claims_unavailable' });
    for (let round = 0; round < 5; round++) {
      clock.advance(720);
      await expect(present(authority, current.refreshToken)).rejects.toMatchObject({
        code: 'claims_unavailable',
      });
    }
    expect(takeEvents()).toEqual([]);
    works = true;
    grantedAs('rotated', await present(authority, current.refreshToken));
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const wrongAnswers: Readonly<Record<string, unknown>> = {
    'a reserved claim': { claims: { sub: 'root' } },
    'several reserved claims': { claims: { iss: 'x', exp: 9e9, cnf: {} } },
    'what introspection says': { claims: { active: true, username: 'root' } },
    'a prototype': { claims: JSON.parse('{"__proto__":{"scope":"admin"}}') as object },
    'a big integer': { claims: { id: 10n } },
    'a circle': { claims: { circular } },
    'claims of 100 kilobytes': { claims: { note: 'x'.repeat(100_000) } },
    'a list of claims': { claims: ['a'] },
    'no claims': { claims: null },
    'an unknown refusal': { refused: 'maybe' },
    'another shape': { role: 'admin' },
    nothing: undefined,
    null: null,
    'a text': 'claims',
  };

  test.each(
    Object.entries(wrongAnswers),
  )('that answers with %s is a misconfiguration and spends no token', async (_, wrong) => {
    let answer: unknown = { claims: {} };
    const { authority, clock } = await openWorld({
      store: await openStore(),
      claims: () => answer as ClaimsAnswer,
    });
    const login = await loginAs(authority, 'alice');
    const current = grantedAs('rotated', await present(authority, login.refreshToken));
    answer = wrong;
    await expect(authority.login({ subject: 'bob' })).rejects.toMatchObject({ code: 'option_invalid' });
    for (let round = 0; round < 3; round++) {
      clock.advance(1200);
      await expect(present(authority, current.refreshToken)).rejects.toMatchObject({
        code: 'option_invalid',
      });
    }
    answer = { claims: {} };
    grantedAs('rotated', await present(authority, current.refreshToken));
  });

  test('is named in the error with the claims that it may not set', async () => {
    const { authority } = await openWorld({
      store: await openStore(),
      claims: () => ({ claims: { sub: 'root', role: 'x', exp: 1 } }),
    });
    await expect(authority.login({ subject: 'alice' })).rejects.toThrow(/claims hook set sub, exp/);
  });

  test('does not keep reuse from being seen, whatever it does', async () => {
    for (const answer of ['throws', 'refuses wrongly'] as const) {
      let broken = false;
      const { authority, clock } = await openWorld({
        store: await openStore(),
        claims() {
          if (!broken) return { claims: {} };
          if (answer === 'throws') throw new Error('the directory is down');
          return { claims: { sub: 'root' } };
        },
      });
      const login = await loginAs(authority, 'alice');
      grantedAs('rotated', await present(authority, login.refreshToken));
      clock.advance(60);
      broken = true;
      expect((await present(authority, login.refreshToken)).outcome).toBe('reused');
    }
  });
});

describe.each(storeKinds)('the scope of a refresh, on the store $kind', ({ openStore }) => {
  test('may be narrower for one access token, and is the session’s again afterwards', async () => {
    const { authority, clock } = await openWorld({ store: await openStore() });
    const login = await loginAs(authority, 'alice', { scope: 'read write admin' });
    let { refreshToken } = login;
    for (const scope of ['read', 'admin read', 'write', 'read write admin']) {
      clock.advance(60);
      const narrowed = grantedAs('rotated', await authority.refresh({ refreshToken, scope }));
      expect(narrowed.scope).toBe(scope);
      expect(await claimsOf(authority, narrowed)).toMatchObject({ scope });
      ({ refreshToken } = narrowed);
    }
    clock.advance(60);
    const whole = grantedAs('rotated', await present(authority, refreshToken));
    expect(whole.scope).toBe('read write admin');
  });

  test.each([
    ['wider', 'read delete'],
    ['other', 'delete'],
    ['a prefix of a granted one', 'rea'],
    ['in another case', 'READ'],
    ['with two spaces', 'read  write'],
    ['with a space before', ' read'],
    ['with a line break', 'read\nwrite'],
    ['with a quote', 'read "'],
    ['as long as a body may be', 'read '.repeat(13_000).trim()],
  ])('is refused when it is %s, and spends no token', async (_, scope) => {
    const { authority, clock, takeEvents } = await openWorld({ store: await openStore() });
    const login = await loginAs(authority, 'alice', { scope: 'read write' });
    const { refreshToken } = grantedAs('rotated', await present(authority, login.refreshToken));
    takeEvents();
    clock.advance(3600);
    await expect(authority.refresh({ refreshToken, scope })).rejects.toMatchObject({ code: 'invalid_scope' });
    expect(takeEvents()).toEqual([]);
    clock.advance(3600);
    grantedAs('rotated', await present(authority, refreshToken));
  });

  test('asks nothing of a token that would not be granted: no oracle, and reuse is seen', async () => {
    const { authority, clock } = await openWorld({ store: await openStore() });
    const login = await loginAs(authority, 'alice', { scope: 'read', clientId: 'app' });
    const current = grantedAs('rotated', await present(authority, login.refreshToken));
    clock.advance(60);
    const wider = { scope: 'read delete' };
    const foreign = { refreshToken: current.refreshToken, clientId: 'other', ...wider };
    expect(await authority.refresh(foreign)).toMatchObject({ outcome: 'wrong-client' });
    const retired = { refreshToken: login.refreshToken, ...wider };
    expect(await authority.refresh(retired)).toMatchObject({ outcome: 'reused' });
    const bound = await loginAs(authority, 'alice', { boundKey: 'A'.repeat(43) });
    const unproved = { refreshToken: bound.refreshToken, ...wider };
    expect(await authority.refresh(unproved)).toMatchObject({ outcome: 'wrong-key' });
  });
});
