import { describe, expect, test } from 'vitest';
import { waitUntil } from '../../../../testbed/src/wait-until.js';
import { type Authority, PawlError, Secret } from '../../src/index.js';
import { openKeyRing } from '../../src/keys/index.js';
import type { Store } from '../../src/stores/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { encodeSessionToken } from '../../src/sealed/session-token.js';
import { countingStore, interceptStore } from './intercepted-store.js';
import { storeKinds } from './stores.js';
import { loginAs, openWorld, summaryOf, type World } from './world.js';

const daySeconds = 86_400;
const jkt = 'A'.repeat(43);

type SessionAuthority = Authority<'session'>;

async function reasonOf(authority: SessionAuthority, token: string): Promise<string> {
  const verification = await authority.verify(token);
  return verification.valid ? 'valid' : verification.reason;
}

/** Another node hears of the end by the feed. */
async function untilRevoked(authority: SessionAuthority, token: string): Promise<void> {
  await waitUntil('the end reaches this node', async () => (await reasonOf(authority, token)) === 'revoked');
}

function unavailable(): PawlError {
  return new PawlError('store_unavailable', 'the store did not answer');
}

describe.each(storeKinds)('with sessions on the store $kind', ({ openStore }) => {
  const open = async (options = {}) => openWorld({ mode: 'session', store: await openStore(), ...options });

  test('a session says what the access token of the same login would say', async () => {
    const store = await openStore();
    const sessions = await openWorld({ mode: 'session', store });
    const tokens = await openWorld({ store, masterKey: sessions.masterKey, clock: sessions.clock });
    const login = {
      scope: 'read write',
      amr: ['pwd', 'otp'],
      acr: 'urn:example:gold',
      boundKey: jkt,
    };
    const { sessionToken, ...handedOut } = await loginAs(sessions.authority, 'alice', login);
    const { accessToken } = await loginAs(tokens.authority, 'alice', login);
    expect(handedOut).toMatchObject({
      expiresInSeconds: 90 * daySeconds,
      scope: 'read write',
      subject: 'alice',
    });
    const [bySession, byToken] = [
      await sessions.authority.verify(sessionToken),
      await tokens.authority.verify(accessToken),
    ];
    if (!bySession.valid || !byToken.valid) throw new Error('refused');
    const own = { exp: 0, iat: 0, jti: '', sid: '' };
    expect({ ...bySession.claims, ...own }).toEqual({ ...byToken.claims, ...own });
    expect(bySession.claims.sid).toBe(handedOut.sessionId);
  });

  test('each way to end a session ends it at once, and soon on every node', async () => {
    const { authority, addNode } = await open();
    const other = await addNode();
    const login = (subject: string) => loginAs(authority, subject);
    const [byLogout, byId, byOwner, byOthers, kept, bySubject] = [
      await login('a'),
      await login('b'),
      await login('c'),
      await login('d'),
      await login('d'),
      await login('e'),
    ];
    const ended = [byLogout, byId, byOwner, byOthers, bySubject];
    for (const { sessionToken } of [...ended, kept])
      expect(await reasonOf(other, sessionToken)).toBe('valid');
    expect(await other.logout(byLogout.sessionToken)).toBe(true);
    expect(await reasonOf(other, byLogout.sessionToken)).toBe('revoked');
    expect(await authority.logout(byLogout.sessionToken)).toBe(false);
    expect(await authority.revokeSession(byId.sessionId)).toBe(true);
    expect(await authority.revokeSession(byOwner.sessionId, { subject: 'nobody' })).toBe(false);
    expect(await authority.revokeSession(byOwner.sessionId, { subject: 'c' })).toBe(true);
    expect(await authority.revokeOthers('d', kept.sessionId)).toEqual([byOthers.sessionId]);
    await authority.revokeSubject('e');
    for (const node of [authority, other]) {
      for (const { sessionToken } of ended) await untilRevoked(node, sessionToken);
      expect(await reasonOf(node, kept.sessionToken)).toBe('valid');
    }
  });

  test('a session that is used goes on beyond its idle time, and ends at its absolute end', async () => {
    const { authority, clock } = await open({ idleSeconds: 1000, absoluteSeconds: 5000 });
    const [used, unused] = [await loginAs(authority, 'alice'), await loginAs(authority, 'bob')];
    for (let seconds = 0; seconds < 4900; seconds += 700) {
      clock.advance(700);
      expect(await reasonOf(authority, used.sessionToken)).toBe('valid');
    }
    expect(await reasonOf(authority, unused.sessionToken)).toBe('expired');
    const [info] = await authority.listSessions('alice');
    expect(info).toMatchObject({ lastRefreshedAt: clock.now(), expiresAt: clock.now() + 100 });
    clock.advance(100);
    expect(await reasonOf(authority, used.sessionToken)).toBe('expired');
  });

  test('a key that was rotated out or has leaked logs nobody out', async () => {
    const { authority, clock } = await open();
    const before = await loginAs(authority, 'alice');
    const active = () =>
      authority.keys.list().find(({ use, state }) => use === 'refresh' && state === 'active');
    const first = active();
    await authority.keys.compromise(first?.id ?? '');
    for (let round = 0; round < 3 && active()?.id === first?.id; round++) {
      clock.advance(daySeconds);
      await authority.maintain();
    }
    expect(active()?.id).not.toBe(first?.id);
    const after = await loginAs(authority, 'alice');
    for (const { sessionToken } of [before, after]) {
      expect(await reasonOf(authority, sessionToken)).toBe('valid');
      expect(await authority.logout(sessionToken)).toBe(true);
    }
  });

  test('a use that is written down late brings back no session that has ended meanwhile', async () => {
    for (const end of ['session', 'subject'] as const) {
      let hold: (() => Promise<unknown>) | null = null;
      const store = interceptStore(await openStore(), async (method, perform) => {
        if (method === 'sessions.apply') await hold?.();
        return perform();
      });
      const { authority, clock } = await openWorld({ mode: 'session', store });
      const { sessionToken, sessionId } = await loginAs(authority, 'alice');
      clock.advance(400);
      hold = () =>
        end === 'session' ? authority.revokeSession(sessionId) : authority.revokeSubject('alice');
      expect(await reasonOf(authority, sessionToken)).toBe('revoked');
      hold = null;
      expect(await reasonOf(authority, sessionToken)).toBe('revoked');
      expect(await authority.listSessions('alice')).toEqual([]);
    }
  });

  test('uses and ends of one session at once leave it ended, in many rounds', async () => {
    const { authority, addNode, clock } = await open();
    const nodes = [authority, await addNode()] as const;
    for (let round = 0; round < 40; round++) {
      const { sessionToken, sessionId } = await loginAs(authority, 'alice');
      clock.advance(400);
      await Promise.all([
        ...nodes.map((node) => node.verify(sessionToken)),
        round % 2 === 0 ? authority.logout(sessionToken) : nodes[1].revokeSession(sessionId),
        ...nodes.map((node) => node.verify(sessionToken)),
      ]);
      for (const node of nodes) await untilRevoked(node, sessionToken);
    }
  });

  test('uses at once by several nodes are written down once', async () => {
    const { store, calls } = countingStore(await openStore());
    const { authority, addNode, clock } = await openWorld({ mode: 'session', store });
    const other = await addNode();
    const { sessionToken, sessionId } = await loginAs(authority, 'alice');
    clock.advance(400);
    const uses = await Promise.all([authority, other, authority].map((node) => reasonOf(node, sessionToken)));
    expect(uses).toEqual(['valid', 'valid', 'valid']);
    expect((await store.sessions.find(sessionId))?.rotatedAt).toBe(clock.now());
    calls.length = 0;
    clock.advance(299);
    for (const node of [authority, other]) expect(await reasonOf(node, sessionToken)).toBe('valid');
    expect(calls).not.toContain('sessions.apply');
  });
});

describe('with sessions', () => {
  test('a token that is not ours is refused before the session store is asked', async () => {
    const { store, calls } = countingStore(createMemoryStore());
    const { authority } = await openWorld({ mode: 'session', store });
    const { sessionToken } = await loginAs(authority, 'alice');
    calls.length = 0;
    const changed = sessionToken.slice(0, -2) + (sessionToken.endsWith('AA') ? 'BA' : 'AA');
    for (const token of [
      '',
      'nonsense',
      changed,
      sessionToken.replace('pst_', 'prt_'),
      `pst_${'A'.repeat(90)}`,
    ]) {
      expect(await reasonOf(authority, token)).toBe('malformed');
      expect(await authority.logout(token)).toBe(false);
      expect(await authority.introspect(token)).toEqual({ active: false });
    }
    expect(calls.filter((method) => method.startsWith('sessions.'))).toEqual([]);
  });

  test('a token with our MAC and another secret is refused, and reported as forged', async () => {
    const world = await openWorld({ mode: 'session' });
    const { sessionId } = await loginAs(world.authority, 'alice');
    const forged = encodeSessionToken(
      { sessionId, secret: new Secret(Buffer.alloc(16)) },
      await leakedKey(world),
    );
    world.takeEvents();
    expect(await reasonOf(world.authority, forged)).toBe('signature');
    expect(await world.authority.logout(forged)).toBe(false);
    expect(world.takeEvents().map(summaryOf)).toEqual(['session.forged']);
  });

  test('introspection of a session token says what the session says', async () => {
    const { authority } = await openWorld({ mode: 'session' });
    const { sessionToken, sessionId } = await loginAs(authority, 'alice');
    expect(await authority.introspect(sessionToken)).toMatchObject({
      active: true,
      tokenType: 'session_token',
      claims: { sub: 'alice', sid: sessionId },
    });
    await authority.revokeSubject('alice');
    expect(await authority.introspect(sessionToken)).toEqual({ active: false });
  });

  test('the tokens of one mode are worth nothing in the other', async () => {
    const sessions = await openWorld({ mode: 'session' });
    const tokens = await openWorld({
      store: sessions.store,
      masterKey: sessions.masterKey,
      clock: sessions.clock,
    });
    const { sessionToken } = await loginAs(sessions.authority, 'alice');
    const { accessToken, refreshToken } = await loginAs(tokens.authority, 'alice');
    for (const token of [accessToken, refreshToken])
      expect(await reasonOf(sessions.authority, token)).toBe('malformed');
    expect(await tokens.authority.verify(sessionToken)).toMatchObject({ valid: false });
    expect(await tokens.authority.refresh({ refreshToken: sessionToken })).toMatchObject({
      outcome: 'malformed',
    });
    expect(await sessions.authority.logout(refreshToken)).toBe(false);
    expect(await tokens.authority.logout(sessionToken)).toBe(false);
    await expect(sessions.authority.refresh({ refreshToken })).rejects.toMatchObject({
      code: 'unsupported_grant_type',
    });
  });

  test('a store that is down is an error, never a refusal', async () => {
    let isDown = false;
    const store = interceptStore(createMemoryStore(), (method, perform) =>
      isDown && method.startsWith('sessions.') ? Promise.reject(unavailable()) : perform(),
    );
    const { authority } = await openWorld({ mode: 'session', store });
    const { sessionToken } = await loginAs(authority, 'alice');
    isDown = true;
    for (const name of ['verify', 'logout', 'introspect'] as const) {
      await expect(authority[name](sessionToken)).rejects.toMatchObject({ code: 'store_unavailable' });
    }
    isDown = false;
    expect(await reasonOf(authority, sessionToken)).toBe('valid');
  });

  test('a use that cannot be written down is no reason to refuse it', async () => {
    const store: Store = interceptStore(createMemoryStore(), (method, perform) =>
      method === 'sessions.apply' ? Promise.reject(unavailable()) : perform(),
    );
    const { authority, clock } = await openWorld({ mode: 'session', store });
    const { sessionToken } = await loginAs(authority, 'alice');
    clock.advance(daySeconds);
    expect(await reasonOf(authority, sessionToken)).toBe('valid');
  });

  test('the claims hook speaks at login and at each look-up, and its refusal ends every session', async () => {
    let answer: 'admin' | 'gone' | 'down' = 'admin';
    const reasons: string[] = [];
    const { authority } = await openWorld({
      mode: 'session',
      claims({ reason }) {
        reasons.push(reason);
        if (answer === 'down') throw new Error('the user table is down');
        return answer === 'gone' ? { refused: 'gone' } : { claims: { role: answer } };
      },
    });
    const { sessionToken } = await loginAs(authority, 'alice');
    expect(await authority.verify(sessionToken)).toMatchObject({ valid: true, claims: { role: 'admin' } });
    expect(reasons).toEqual(['login', 'look-up']);
    const other = await loginAs(authority, 'alice');
    answer = 'down';
    await expect(authority.verify(other.sessionToken)).rejects.toMatchObject({ code: 'claims_unavailable' });
    answer = 'gone';
    expect(await reasonOf(authority, other.sessionToken)).toBe('revoked');
    answer = 'admin';
    expect(await reasonOf(authority, sessionToken)).toBe('revoked');
  });
});

/** What somebody holds who has the store and the master key. */
async function leakedKey({ authority, store, masterKey, clock }: World<'session'>) {
  const ring = await openKeyRing({
    issuer: authority.issuer,
    documents: store.documents,
    masterKeys: [masterKey],
    algorithm: 'ES256',
    now: clock.now(),
  });
  return ring.refreshKey();
}
