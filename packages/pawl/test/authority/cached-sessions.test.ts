import { describe, expect, test } from 'vitest';
import { waitUntil } from '../../../../testbed/src/wait-until.js';
import { type Authority, PawlError } from '../../src/index.js';
import { interceptStore } from './intercepted-store.js';
import { storeKinds } from './stores.js';
import { loginAs, openWorld } from './world.js';

type SessionAuthority = Authority<'session'>;

async function reasonOf(authority: SessionAuthority, token: string): Promise<string> {
  const verification = await authority.verify(token);
  return verification.valid ? 'valid' : verification.reason;
}

describe.each(storeKinds)('sessions in memory, on the store $kind', ({ openStore }) => {
  /** A world whose store can be counted and cut. */
  async function open() {
    const cut = { feed: false, sessions: false };
    let lookUps = 0;
    const store = interceptStore(await openStore(), (method, perform) => {
      if (method === 'sessions.find') lookUps += 1;
      const isCut = method.startsWith('revocations.')
        ? cut.feed
        : cut.sessions && method.startsWith('sessions.');
      if (isCut) return Promise.reject(new PawlError('store_unavailable', 'the store did not answer'));
      return perform();
    });
    const world = await openWorld({ mode: 'session', store, onBackgroundError: () => undefined });
    /** Whether a call is answered without the store. */
    const isFromMemory = async (node: SessionAuthority, token: string): Promise<boolean> => {
      const before = lookUps;
      expect(await reasonOf(node, token)).toBe('valid');
      return lookUps === before;
    };
    const untilFromMemory = (node: SessionAuthority, token: string): Promise<void> =>
      waitUntil('it is answered from memory', () => isFromMemory(node, token));
    return { ...world, cut, isFromMemory, untilFromMemory };
  }

  test('a session is looked up once, and answered from memory until it is too old', async () => {
    const { authority, clock, isFromMemory, untilFromMemory } = await open();
    const { sessionToken } = await loginAs(authority, 'alice');
    await untilFromMemory(authority, sessionToken);
    for (let call = 0; call < 5; call++) expect(await isFromMemory(authority, sessionToken)).toBe(true);
    clock.advance(300);
    expect(await isFromMemory(authority, sessionToken)).toBe(false);
    await untilFromMemory(authority, sessionToken);
  });

  test('an end by another node reaches the memory of this one, an own end at once', async () => {
    const { authority, addNode, untilFromMemory } = await open();
    const other = await addNode();
    for (const end of ['session', 'subject'] as const) {
      const { sessionToken, sessionId } = await loginAs(authority, 'alice');
      for (const node of [authority, other]) await untilFromMemory(node, sessionToken);
      await (end === 'session' ? other.revokeSession(sessionId) : other.revokeSubject('alice'));
      expect(await reasonOf(other, sessionToken)).toBe('revoked');
      await waitUntil(
        'the end reaches this node',
        async () => (await reasonOf(authority, sessionToken)) === 'revoked',
      );
      const again = await loginAs(authority, 'alice');
      await untilFromMemory(other, again.sessionToken);
    }
  });

  test('while the feed is cut the store is asked, and knows of every end at once', async () => {
    const { authority, addNode, clock, cut, isFromMemory, untilFromMemory } = await open();
    const other = await addNode();
    const { sessionToken, sessionId } = await loginAs(authority, 'alice');
    await untilFromMemory(authority, sessionToken);
    cut.feed = true;
    clock.advance(5.1);
    for (let call = 0; call < 3; call++) expect(await isFromMemory(authority, sessionToken)).toBe(false);
    await other.revokeSession(sessionId);
    expect(await reasonOf(authority, sessionToken)).toBe('revoked');
    const { sessionToken: next } = await loginAs(authority, 'alice');
    expect(await isFromMemory(authority, next)).toBe(false);
    cut.feed = false;
    await untilFromMemory(authority, next);
    expect(await reasonOf(authority, sessionToken)).toBe('revoked');
  });

  test('with the store down a session goes on for a moment, then nobody can say, and nobody is logged out', async () => {
    const { authority, clock, cut, isFromMemory, untilFromMemory } = await open();
    const { sessionToken } = await loginAs(authority, 'alice');
    const { sessionToken: unseen } = await loginAs(authority, 'bob');
    await untilFromMemory(authority, sessionToken);
    Object.assign(cut, { feed: true, sessions: true });
    expect(await isFromMemory(authority, sessionToken)).toBe(true);
    await expect(authority.verify(unseen)).rejects.toMatchObject({ code: 'store_unavailable' });
    clock.advance(5.1);
    await expect(authority.verify(sessionToken)).rejects.toMatchObject({ code: 'store_unavailable' });
    Object.assign(cut, { feed: false, sessions: false });
    for (const token of [sessionToken, unseen]) expect(await reasonOf(authority, token)).toBe('valid');
  });

  test('what a call was answered with cannot be changed for the next one', async () => {
    const { authority, untilFromMemory } = await open();
    const { sessionToken } = await loginAs(authority, 'alice', { amr: ['pwd'] });
    await untilFromMemory(authority, sessionToken);
    const verification = await authority.verify(sessionToken);
    if (!verification.valid) throw new Error('refused');
    expect(() => Object.assign(verification.claims, { sub: 'mallory' })).toThrow(TypeError);
    expect(() => (verification.claims.amr as string[]).push('otp')).toThrow(TypeError);
  });
});
