import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/index.js';
import { openKeyRing } from '../../src/keys/index.js';
import type { Session } from '../../src/rotation/index.js';
import type { Store } from '../../src/stores/index.js';
import { openSqliteStore } from '../../src/stores/sqlite/index.js';
import { decodeRefreshToken, encodeRefreshToken } from '../../src/sealed/refresh-token.js';
import { storeKinds } from './stores.js';
import { temporaryFolder } from './temporary-folder.js';
import { grantedAs, isVerified, loginAs, openWorld, present, summaryOf, type World } from './world.js';

const jkt = 'A'.repeat(43);
const otherJkt = 'B'.repeat(43);

async function sessionOf(store: Store, id: string): Promise<Session> {
  const session = await store.sessions.find(id);
  if (session === null) throw new Error('no such session');
  return session;
}

function ringOf(world: World) {
  return openKeyRing({
    issuer: world.authority.issuer,
    documents: world.store.documents,
    masterKeys: [world.masterKey],
    algorithm: 'ES256',
    now: world.clock.now(),
  });
}

const summaries = (world: World) => world.takeEvents().map(summaryOf);

describe.each(storeKinds)('on the store $kind, through real tokens', ({ openStore }) => {
  test('the first refresh after login rotates, however soon it comes', async () => {
    const { authority } = await openWorld({ store: await openStore() });
    const first = await loginAs(authority, 'alice', { scope: 'read', device: 'Laptop' });
    const second = grantedAs('rotated', await present(authority, first.refreshToken));
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(second).toMatchObject({ sessionId: first.sessionId, subject: 'alice', scope: 'read' });
    expect(await isVerified(authority, first)).toBe(true);
    expect(await isVerified(authority, second)).toBe(true);
  });

  test('the current token inside the window is kept, and after it rotates', async () => {
    const { authority, clock } = await openWorld({ store: await openStore() });
    const login = await loginAs(authority, 'alice');
    const current = grantedAs('rotated', await present(authority, login.refreshToken));
    clock.advance(9.9);
    const kept = grantedAs('kept', await present(authority, current.refreshToken));
    expect(kept.refreshToken).toBe(current.refreshToken);
    expect(await isVerified(authority, kept)).toBe(true);
    clock.advance(0.1);
    const next = grantedAs('rotated', await present(authority, current.refreshToken));
    expect(next.refreshToken).not.toBe(current.refreshToken);
  });

  test('the previous token inside the window is replayed with the current one, on every node alike', async () => {
    const world = await openWorld({ store: await openStore() });
    const { authority, clock } = world;
    const other = await world.addNode();
    const login = await loginAs(authority, 'alice');
    const current = grantedAs('rotated', await present(authority, login.refreshToken));
    clock.advance(9.9);
    for (const node of [authority, other]) {
      const replayed = grantedAs('replayed', await present(node, login.refreshToken));
      expect(replayed.refreshToken).toBe(current.refreshToken);
    }
  });

  test('a retired token ends every session of the subject at once, and nobody else’s', async () => {
    const world = await openWorld({ store: await openStore() });
    const { authority, clock } = world;
    const other = await world.addNode();
    const login = await loginAs(authority, 'alice');
    const phone = await loginAs(authority, 'alice');
    const bob = await loginAs(authority, 'bob');
    const current = grantedAs('rotated', await present(authority, login.refreshToken));
    clock.advance(10);
    world.takeEvents();
    const result = await present(authority, login.refreshToken);
    expect(result).toEqual({ granted: false, outcome: 'reused', sessionOver: true });
    const events = world.takeEvents();
    expect(events.map(summaryOf)).toEqual(['session.reused subject', 'subject.revoked reused']);
    expect(events[0]).toMatchObject({
      subject: 'alice',
      sessionId: login.sessionId,
      presentedGeneration: 0,
      generation: 1,
      sinceRotationSeconds: 10,
    });
    for (const node of [authority, other]) {
      for (const tokens of [login, current, phone]) {
        expect(await isVerified(node, tokens)).toBe(false);
        expect((await present(node, tokens.refreshToken)).outcome).toBe('revoked');
      }
      expect(await isVerified(node, bob)).toBe(true);
    }
    grantedAs('rotated', await present(other, bob.refreshToken));
    grantedAs('rotated', await present(other, (await loginAs(authority, 'alice')).refreshToken));
  });

  test.each([11, 3600, 13 * 86_400])('reuse is seen %i seconds after the rotation', async (age) => {
    const { authority, clock } = await openWorld({ store: await openStore() });
    const login = await loginAs(authority, 'alice');
    grantedAs('rotated', await present(authority, login.refreshToken));
    clock.advance(age);
    expect((await present(authority, login.refreshToken)).outcome).toBe('reused');
  });

  test('reuse is seen for every retired generation', async () => {
    for (const presented of [0, 3, 8]) {
      const { authority, clock } = await openWorld({ store: await openStore() });
      const tokens = [(await loginAs(authority, 'alice')).refreshToken];
      for (let generation = 0; generation < 10; generation++) {
        clock.advance(100);
        const next = grantedAs('rotated', await present(authority, tokens.at(-1) ?? ''));
        tokens.push(next.refreshToken);
      }
      expect((await present(authority, tokens[presented] ?? '')).outcome).toBe('reused');
      expect((await present(authority, tokens.at(-1) ?? '')).outcome).toBe('revoked');
    }
  });

  test('with onReuse session only that session ends', async () => {
    const world = await openWorld({ store: await openStore(), policy: { onReuse: 'session' } });
    const { authority, clock } = world;
    const login = await loginAs(authority, 'alice');
    const phone = await loginAs(authority, 'alice');
    const current = grantedAs('rotated', await present(authority, login.refreshToken));
    clock.advance(10);
    world.takeEvents();
    expect((await present(authority, login.refreshToken)).outcome).toBe('reused');
    expect(summaries(world)).toEqual(['session.reused session', 'session.revoked reused']);
    expect(await isVerified(authority, current)).toBe(false);
    expect(await isVerified(authority, phone)).toBe(true);
    grantedAs('rotated', await present(authority, phone.refreshToken));
  });

  test('strict: the second use of a token is reuse, in the same instant', async () => {
    const { authority } = await openWorld({ store: await openStore(), policy: 'strict' });
    const login = await loginAs(authority, 'alice');
    const current = grantedAs('rotated', await present(authority, login.refreshToken));
    const next = grantedAs('rotated', await present(authority, current.refreshToken));
    expect((await present(authority, current.refreshToken)).outcome).toBe('reused');
    expect((await present(authority, next.refreshToken)).outcome).toBe('revoked');
  });

  test('resilient: a late retry is forked, and the answer that was lost becomes a trap', async () => {
    const { authority, clock } = await openWorld({ store: await openStore(), policy: 'resilient' });
    const login = await loginAs(authority, 'alice');
    const lost = grantedAs('rotated', await present(authority, login.refreshToken));
    clock.advance(5 * 3600);
    const forked = grantedAs('forked', await present(authority, login.refreshToken));
    expect(forked.refreshToken).not.toBe(lost.refreshToken);
    const orders = [lost, forked].map((tokens) => [tokens.refreshGeneration, tokens.refreshFork]);
    expect(orders).toEqual([
      [1, 0],
      [1, 1],
    ]);
    clock.advance(20);
    grantedAs('rotated', await present(authority, forked.refreshToken));
    expect((await present(authority, lost.refreshToken)).outcome).toBe('reused');
  });

  test('resilient: a late retry is reuse once the successor was seen', async () => {
    const { authority, clock } = await openWorld({ store: await openStore(), policy: 'resilient' });
    const login = await loginAs(authority, 'alice');
    const current = grantedAs('rotated', await present(authority, login.refreshToken));
    grantedAs('kept', await present(authority, current.refreshToken));
    clock.advance(60);
    expect((await present(authority, login.refreshToken)).outcome).toBe('reused');
  });

  test('a token ahead of a record that lost its last writes is healed, and the session goes on', async () => {
    const { authority, clock, store } = await openWorld({ store: await openStore() });
    const login = await loginAs(authority, 'alice');
    const first = grantedAs('rotated', await present(authority, login.refreshToken));
    const old = await sessionOf(store, login.sessionId);
    let current = first;
    for (let round = 0; round < 3; round++) {
      clock.advance(100);
      current = grantedAs('rotated', await present(authority, current.refreshToken));
    }
    const now = await sessionOf(store, login.sessionId);
    expect((await store.sessions.apply(now, { kind: 'advance', to: old }, clock.now())).applied).toBe(true);
    const healed = grantedAs('healed', await present(authority, current.refreshToken));
    expect(healed.refreshToken).toBe(current.refreshToken);
    expect(await isVerified(authority, healed)).toBe(true);
    clock.advance(100);
    grantedAs('rotated', await present(authority, current.refreshToken));
    clock.advance(100);
    expect((await present(authority, first.refreshToken)).outcome).toBe('reused');
  });

  test('a token signed with our secret for another session secret is forged: alarm, and nothing ends', async () => {
    const world = await openWorld({ store: await openStore() });
    const { authority, clock } = world;
    const login = await loginAs(authority, 'alice');
    const ring = await ringOf(world);
    world.takeEvents();
    for (const format of ['opaque', 'jwt'] as const) {
      for (const generation of [0, 1, 0xffff_ffff]) {
        const contents = {
          sessionId: login.sessionId,
          generation,
          fork: 0,
          secret: new Secret(Buffer.alloc(16, 1)),
        };
        const forged = encodeRefreshToken(format, contents, ring.refreshKey());
        expect(await present(authority, forged)).toEqual({
          granted: false,
          outcome: 'forged',
          sessionOver: false,
        });
        expect(summaries(world)).toEqual(['session.forged']);
        expect(await authority.logout(forged)).toBe(false);
        expect(await authority.introspect(forged)).toEqual({ active: false });
      }
    }
    clock.advance(1);
    grantedAs('rotated', await present(authority, login.refreshToken));
  });

  test('a bound session answers its key at any age of the token, and nobody else', async () => {
    const world = await openWorld({ store: await openStore() });
    const { authority, clock } = world;
    const login = await loginAs(authority, 'alice', { boundKey: jkt });
    const verification = await authority.verify(login.accessToken);
    expect(verification).toMatchObject({ valid: true, claims: { cnf: { jkt } } });
    let current = grantedAs('rotated', await present(authority, login.refreshToken, jkt));
    clock.advance(86_400);
    current = grantedAs('rotated', await present(authority, current.refreshToken, jkt));
    const replayed = grantedAs('replayed', await present(authority, login.refreshToken, jkt));
    expect(replayed.refreshToken).toBe(current.refreshToken);
    world.takeEvents();
    for (const proof of [undefined, otherJkt, '', jkt.toLowerCase()]) {
      expect(await present(authority, current.refreshToken, proof)).toEqual({
        granted: false,
        outcome: 'wrong-key',
        sessionOver: false,
      });
      expect(summaries(world)).toEqual(['session.wrong-key nothing']);
    }
    clock.advance(100);
    grantedAs('rotated', await present(authority, current.refreshToken, jkt));
  });

  test.each([
    ['session', 'session', ['session.wrong-key session', 'session.revoked wrong-key']],
    ['subject', 'subject', ['session.wrong-key subject', 'subject.revoked wrong-key']],
  ] as const)('a wrong key with onWrongKey %s ends the %s', async (onWrongKey, ended, expected) => {
    const world = await openWorld({ store: await openStore(), policy: { onWrongKey } });
    const { authority } = world;
    const login = await loginAs(authority, 'alice', { boundKey: jkt });
    const phone = await loginAs(authority, 'alice');
    world.takeEvents();
    expect(await present(authority, login.refreshToken)).toEqual({
      granted: false,
      outcome: 'wrong-key',
      sessionOver: true,
    });
    expect(summaries(world)).toEqual(expected);
    expect(await isVerified(authority, login)).toBe(false);
    expect(await isVerified(authority, phone)).toBe(ended === 'session');
  });

  test('a wrong client changes nothing', async () => {
    const world = await openWorld({ store: await openStore() });
    const { authority, clock, store } = world;
    const login = await loginAs(authority, 'alice', { clientId: 'app' });
    const current = grantedAs('rotated', await present(authority, login.refreshToken));
    clock.advance(60);
    const before = await sessionOf(store, login.sessionId);
    world.takeEvents();
    for (const { refreshToken } of [current, login]) {
      const result = await authority.refresh({ refreshToken, clientId: 'other' });
      expect(result).toEqual({ granted: false, outcome: 'wrong-client', sessionOver: false });
      expect(summaries(world)).toEqual(['refresh.refused wrong-client']);
    }
    expect(await sessionOf(store, login.sessionId)).toEqual(before);
    const { refreshToken } = current;
    grantedAs('rotated', await authority.refresh({ refreshToken, clientId: 'app' }));
  });

  test('a session that the store does not have is unknown', async () => {
    const world = await openWorld({ store: await openStore() });
    const ring = await ringOf(world);
    const secret = new Secret(Buffer.alloc(16));
    const contents = { sessionId: 'A'.repeat(22), generation: 0, fork: 0, secret };
    const token = encodeRefreshToken('opaque', contents, ring.refreshKey());
    expect(await present(world.authority, token)).toMatchObject({ outcome: 'unknown' });
    expect(summaries(world)).toEqual(['refresh.refused unknown']);
  });

  test('the two formats stand for the same session', async () => {
    const world = await openWorld({ store: await openStore() });
    const other = await world.addNode({ refreshFormat: 'jwt' });
    const login = await loginAs(world.authority, 'alice');
    const jwt = grantedAs('rotated', await present(other, login.refreshToken));
    expect(jwt.refreshToken).toMatch(/^eyJ/);
    const opaque = grantedAs('kept', await present(world.authority, jwt.refreshToken));
    expect(opaque.refreshToken).toMatch(/^prt_/);
    const ring = await ringOf(world);
    const read = [jwt, opaque].map(({ refreshToken }) =>
      decodeRefreshToken(refreshToken, (id) => ring.findRefreshKey(id)),
    );
    expect(JSON.stringify(read[0])).toBe(JSON.stringify(read[1]));
  });
});

test('a restored backup of the SQLite file logs nobody out', async () => {
  const folder = temporaryFolder();
  const [live, backup] = ['live', 'backup'].map((name) => path.join(folder, name)) as [string, string];
  mkdirSync(live);
  const file = path.join(live, 'pawl.db');
  const first = await openSqliteStore({ path: file });
  const world = await openWorld({ store: first });
  const sessions = await Promise.all(
    Array.from({ length: 20 }, (_, index) => loginAs(world.authority, `user-${index}`)),
  );
  await first.close();
  // The whole folder: what is committed may still stand in the files beside the database.
  cpSync(live, backup, { recursive: true });

  const second = await openSqliteStore({ path: file });
  const node = await world.addNode({ store: second });
  const current: string[] = [];
  for (const [index, { refreshToken }] of sessions.entries()) {
    let token = refreshToken;
    for (let round = 0; round < index % 5; round++) {
      world.clock.advance(30);
      token = grantedAs('rotated', await present(node, token)).refreshToken;
    }
    current.push(token);
  }
  await second.close();

  const third = await openSqliteStore({ path: path.join(backup, 'pawl.db') });
  const restored = await world.addNode({ store: third });
  world.takeEvents();
  for (const [index, token] of current.entries()) {
    const tokens = grantedAs(index % 5 === 0 ? 'rotated' : 'healed', await present(restored, token));
    expect(await isVerified(restored, tokens)).toBe(true);
  }
  expect(world.takeEvents().filter(({ type }) => type !== 'session.refreshed')).toEqual([]);
  await third.close();
});
