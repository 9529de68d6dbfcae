import { describe, expect, test } from 'vitest';
import { storeKinds } from './stores.js';
import { grantedAs, isVerified, loginAs, openWorld, present, startAt, summaryOf } from './world.js';

describe.each(storeKinds)('sessions on the store $kind', ({ openStore }) => {
  test('end when they idle, and live on while they are refreshed', async () => {
    const { authority, clock } = await openWorld({ store: await openStore(), idleSeconds: 1000 });
    const idle = await loginAs(authority, 'alice');
    let active = await loginAs(authority, 'alice');
    for (let round = 0; round < 2; round++) {
      clock.advance(500);
      active = grantedAs('rotated', await present(authority, active.refreshToken));
    }
    expect(await present(authority, idle.refreshToken)).toEqual({
      granted: false,
      outcome: 'expired',
      sessionOver: true,
    });
    expect((await authority.listSessions('alice')).map(({ id }) => id)).toEqual([active.sessionId]);
    clock.advance(999.5);
    grantedAs('rotated', await present(authority, active.refreshToken));
  });

  test('end at their absolute end, which no refresh moves and no access token outlives', async () => {
    const { authority, clock } = await openWorld({ store: await openStore(), absoluteSeconds: 1000 });
    let tokens = await loginAs(authority, 'alice');
    for (let round = 0; round < 11; round++) {
      const read = await authority.verify(tokens.accessToken);
      if (!read.valid) throw new Error(read.reason);
      expect(read.claims.exp).toBeLessThanOrEqual(startAt + 1000);
      expect(tokens.refreshExpiresInSeconds).toBe(1000 - round * 90);
      clock.advance(90);
      tokens = grantedAs('rotated', await present(authority, tokens.refreshToken));
    }
    clock.set(startAt + 1000);
    expect(await isVerified(authority, tokens)).toBe(false);
    expect((await present(authority, tokens.refreshToken)).outcome).toBe('expired');
  });

  test('are limited in number: the oldest ends, and it is reported', async () => {
    const world = await openWorld({ store: await openStore(), maxSessionsPerSubject: 2 });
    const { authority, clock } = world;
    const [first, second] = [await loginAs(authority, 'alice'), await loginAs(authority, 'bob')];
    clock.advance(1);
    await loginAs(authority, 'alice');
    clock.advance(1);
    world.takeEvents();
    await loginAs(authority, 'alice');
    const events = world.takeEvents();
    expect(events.map(summaryOf)).toEqual(['session.created', 'session.revoked limit']);
    expect(events[1]).toMatchObject({ sessionId: first.sessionId });
    expect(await isVerified(authority, first)).toBe(false);
    expect(await isVerified(authority, second)).toBe(true);
  });

  test('end by logout with the current or a retired token, on every node', async () => {
    const world = await openWorld({ store: await openStore() });
    const other = await world.addNode();
    for (const which of ['current', 'retired'] as const) {
      const login = await loginAs(world.authority, 'alice');
      const next = grantedAs('rotated', await present(world.authority, login.refreshToken));
      const keep = await loginAs(world.authority, 'alice');
      world.clock.advance(3600);
      const token = which === 'current' ? next.refreshToken : login.refreshToken;
      expect(await world.authority.logout(token)).toBe(true);
      expect(await other.logout(token)).toBe(false);
      expect(await isVerified(other, next)).toBe(false);
      expect((await present(other, next.refreshToken)).outcome).toBe('revoked');
      grantedAs('rotated', await present(other, keep.refreshToken));
    }
  });

  test('that are logged out while they are refreshed stay ended, whoever came first', async () => {
    const { authority, addNode } = await openWorld({ store: await openStore() });
    const other = await addNode();
    for (let round = 0; round < 100; round++) {
      const { refreshToken } = await loginAs(authority, 'alice');
      const calls = [() => present(other, refreshToken), () => authority.logout(refreshToken)];
      const ordered = round % 2 === 0 ? calls : calls.reverse();
      const results = await Promise.all(ordered.map((call) => call()));
      expect(results).toContain(true);
      const refreshed = results.find((result) => typeof result === 'object');
      if (refreshed?.granted) {
        expect(await isVerified(other, refreshed.tokens)).toBe(false);
        expect((await present(other, refreshed.tokens.refreshToken)).outcome).toBe('revoked');
      }
      expect(await authority.listSessions('alice')).toEqual([]);
    }
  });

  test('are revoked one, all others or all, and only by their owner', async () => {
    const { authority } = await openWorld({ store: await openStore() });
    const [a, b, c] = [
      await loginAs(authority, 'alice'),
      await loginAs(authority, 'alice'),
      await loginAs(authority, 'alice'),
    ] as const;
    const bob = await loginAs(authority, 'bob');
    expect(await authority.revokeSession(bob.sessionId, { subject: 'alice' })).toBe(false);
    expect(await isVerified(authority, bob)).toBe(true);
    expect(await authority.revokeSession(a.sessionId, { subject: 'alice' })).toBe(true);
    expect(await isVerified(authority, a)).toBe(false);
    expect(await authority.revokeOthers('alice', b.sessionId)).toEqual([c.sessionId]);
    expect(await isVerified(authority, c)).toBe(false);
    expect(await isVerified(authority, b)).toBe(true);
    await authority.revokeSubject('alice');
    expect(await isVerified(authority, b)).toBe(false);
    grantedAs('rotated', await present(authority, bob.refreshToken));
  });

  test('are not changed by introspection, and a retired token is inactive without an alarm', async () => {
    const world = await openWorld({ store: await openStore() });
    const { authority, clock, store } = world;
    const login = await loginAs(authority, 'alice', { scope: 'read' });
    const next = grantedAs('rotated', await present(authority, login.refreshToken));
    clock.advance(60);
    const before = await store.sessions.find(login.sessionId);
    world.takeEvents();
    expect(await authority.introspect(login.refreshToken)).toEqual({ active: false });
    expect(await authority.introspect(next.refreshToken)).toMatchObject({
      active: true,
      tokenType: 'refresh_token',
      subject: 'alice',
      scope: 'read',
    });
    expect(await authority.introspect(next.accessToken)).toMatchObject({
      active: true,
      tokenType: 'access_token',
    });
    expect(await store.sessions.find(login.sessionId)).toEqual(before);
    expect(world.takeEvents()).toEqual([]);
    await authority.logout(next.refreshToken);
    expect(await authority.introspect(next.refreshToken)).toEqual({ active: false });
    expect(await authority.introspect(next.accessToken)).toEqual({ active: false });
  });

  test('are refused by verify for another issuer, another audience or an old token', async () => {
    const { authority, addNode, clock } = await openWorld({ store: await openStore(), audience: ['a', 'b'] });
    const tokens = await loginAs(authority, 'alice');
    const reasons = async (...nodes: (typeof authority)[]) =>
      Promise.all(nodes.map((node) => node.verify(tokens.accessToken)));
    expect(await reasons(await addNode({ audience: 'b' }))).toMatchObject([{ valid: true }]);
    expect(
      await reasons(await addNode({ audience: 'c' }), await addNode({ issuer: 'https://other.example' })),
    ).toEqual([
      { valid: false, reason: 'audience' },
      { valid: false, reason: 'audience' },
    ]);
    clock.advance(301);
    expect(await reasons(authority)).toEqual([{ valid: false, reason: 'expired' }]);
  });
});
