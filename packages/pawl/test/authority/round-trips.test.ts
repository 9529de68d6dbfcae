import { beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/index.js';
import { openKeyRing } from '../../src/keys/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { decodeRefreshToken, encodeRefreshToken } from '../../src/sealed/refresh-token.js';
import { countingStore } from './intercepted-store.js';
import { storeKinds } from './stores.js';
import { grantedAs, loginAs, openWorld, present, type World, type WorldOptions } from './world.js';

interface Counted extends World {
  readonly calls: string[];
}

async function openCounted(
  openStore: (typeof storeKinds)[number]['openStore'],
  options: WorldOptions = {},
): Promise<Counted> {
  const { store, calls } = countingStore(await openStore());
  const world = await openWorld({ ...options, store });
  calls.length = 0;
  return { ...world, calls };
}

function taken(calls: string[]): string[] {
  return calls.splice(0);
}

const jkt = 'A'.repeat(43);

describe.each(storeKinds)('calls to the store $kind', ({ openStore }) => {
  test('login is one, and every refresh on the common path is one', async () => {
    const { authority, calls, clock } = await openCounted(openStore);
    let tokens = await loginAs(authority, 'alice');
    expect(taken(calls)).toEqual(['sessions.create']);
    for (let round = 0; round < 20; round++) {
      tokens = grantedAs('rotated', await present(authority, tokens.refreshToken));
      expect(taken(calls)).toEqual(['sessions.rotate']);
      clock.advance(300);
      await authority.maintain();
      taken(calls);
    }
  });

  test('kept, replayed and refusals without a change are one, and a change of state is two', async () => {
    const { authority, calls, clock } = await openCounted(openStore, { policy: 'resilient' });
    const login = await loginAs(authority, 'alice');
    const current = grantedAs('rotated', await present(authority, login.refreshToken));
    taken(calls);
    const expected = async (outcome: string, token: string, ...methods: string[]) => {
      expect((await present(authority, token)).outcome).toBe(outcome);
      expect(taken(calls), outcome).toEqual(methods);
    };
    await expected('replayed', login.refreshToken, 'sessions.rotate');
    await expected('kept', current.refreshToken, 'sessions.rotate', 'sessions.apply');
    await expected('kept', current.refreshToken, 'sessions.rotate');
    clock.advance(60);
    await expected('rotated', current.refreshToken, 'sessions.rotate');
    clock.advance(60);
    await expected('forked', current.refreshToken, 'sessions.rotate', 'sessions.apply');
    await expected('reused', login.refreshToken, 'sessions.rotate', 'sessions.apply');
    await expected('revoked', current.refreshToken, 'sessions.rotate');
  });

  test('a bound session costs the same, and a wrong key is one', async () => {
    const { authority, calls } = await openCounted(openStore);
    const login = await loginAs(authority, 'alice', { boundKey: jkt });
    taken(calls);
    expect((await present(authority, login.refreshToken)).outcome).toBe('wrong-key');
    expect(taken(calls)).toEqual(['sessions.rotate']);
    grantedAs('rotated', await present(authority, login.refreshToken, jkt));
    expect(taken(calls)).toEqual(['sessions.rotate']);
  });

  test('a claims hook or a narrowed scope adds one look-up', async () => {
    const { authority, calls, clock } = await openCounted(openStore, { claims: () => ({ claims: {} }) });
    const login = await loginAs(authority, 'alice', { scope: 'a b' });
    taken(calls);
    const next = grantedAs('rotated', await present(authority, login.refreshToken));
    expect(taken(calls)).toEqual(['sessions.find', 'sessions.rotate']);
    clock.advance(60);
    const { refreshToken } = next;
    grantedAs('rotated', await authority.refresh({ refreshToken, scope: 'a' }));
    expect(taken(calls)).toEqual(['sessions.find', 'sessions.rotate']);
  });

  test('the other use cases take as many as this table says', async () => {
    const { authority, calls } = await openCounted(openStore);
    const tokens = await loginAs(authority, 'alice');
    taken(calls);
    const { accessToken, refreshToken, sessionId } = tokens;
    const table: readonly (readonly [() => Promise<unknown>, ...string[]])[] = [
      [() => authority.verify(accessToken), 'sessions.find'],
      [() => authority.introspect(accessToken), 'sessions.find'],
      [() => authority.introspect(refreshToken), 'sessions.find'],
      [() => authority.findSession(sessionId), 'sessions.find'],
      [() => authority.findSession('no id')],
      [() => authority.listSessions('alice'), 'sessions.list'],
      [() => authority.revokeOthers('alice', sessionId), 'sessions.revokeOthers'],
      [() => authority.revokeSession(sessionId, { subject: 'bob' }), 'sessions.find'],
      [
        () => authority.revokeSession(sessionId, { subject: 'alice' }),
        'sessions.find',
        'sessions.revokeSession',
      ],
      [() => authority.revokeSession(sessionId), 'sessions.revokeSession'],
      [() => authority.revokeSession('no id')],
      [() => authority.logout(refreshToken), 'sessions.revokeSession'],
      [() => authority.revokeSubject('alice'), 'sessions.revokeSubject'],
    ];
    for (const [call, ...methods] of table) {
      await call();
      expect(taken(calls), call.toString()).toEqual(methods);
    }
  });
});

describe('a token that is not exactly one of ours', () => {
  let world: Counted;
  let altered: readonly string[];

  beforeEach(async () => {
    world = await openCounted(async () => createMemoryStore());
    const { refreshToken } = await loginAs(world.authority, 'alice');
    const ring = await openKeyRing({
      issuer: world.authority.issuer,
      documents: world.store.documents,
      masterKeys: [world.masterKey],
      algorithm: 'ES256',
      now: world.clock.now(),
    });
    const decoded = decodeRefreshToken(refreshToken, (id) => ring.findRefreshKey(id));
    if (decoded.kind !== 'contents') throw new Error('not ours');
    const jwt = encodeRefreshToken('jwt', decoded.contents, ring.refreshKey());
    // The ring as a node that polls sees it: with another store to read from, it would be asked for unknown keys.
    taken(world.calls);
    const otherRing = await openWorld();
    const foreign = await loginAs(otherRing.authority, 'alice');
    altered = [refreshToken, jwt].flatMap((token) => [
      ...Array.from({ length: token.length }, (_, length) => token.slice(0, length)),
      ...Array.from({ length: token.length }, (_, at) => flipped(token, at)),
      `${token}=`,
      `${token}==`,
      `${token}A`,
      `${token}AAAA`,
      `${token}.`,
      ` ${token}`,
      `${token}\n`,
      token.toUpperCase(),
      Buffer.from(token).toString('base64url'),
      token + token,
    ]);
    altered = [
      ...altered,
      otherVersion(refreshToken),
      foreign.refreshToken,
      encodeRefreshToken(
        'opaque',
        { ...decoded.contents, secret: new Secret(Buffer.alloc(16)) },
        { id: ring.refreshKey().id, mac: () => Buffer.alloc(32) },
      ),
      '',
      'null',
      'x'.repeat(1_000_000),
    ];
  });

  test('is refused by refresh and logout before the store is touched', async () => {
    const { authority, calls } = world;
    for (const token of altered) {
      const result = await present(authority, token);
      expect(result, token.slice(0, 400)).toEqual({
        granted: false,
        outcome: 'malformed',
        sessionOver: false,
      });
      expect(await authority.logout(token)).toBe(false);
    }
    expect(calls).toEqual([]);
  });

  test('is inactive and no access token, and the store is not touched', async () => {
    const { authority, calls } = world;
    for (const token of altered) {
      expect(await authority.introspect(token)).toEqual({ active: false });
      expect((await authority.verify(token)).valid).toBe(false);
    }
    expect(calls).toEqual([]);
  });
});

function flipped(token: string, at: number): string {
  return token.slice(0, at) + (token.charAt(at) === 'A' ? 'B' : 'A') + token.slice(at + 1);
}

function otherVersion(token: string): string {
  const bytes = Buffer.from(token.slice(4), 'base64url');
  bytes.writeUInt8(2, 0);
  return `prt_${bytes.toString('base64url')}`;
}
