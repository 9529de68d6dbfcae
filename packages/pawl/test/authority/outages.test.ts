import { describe, expect, test } from 'vitest';
import { KnownOutagesOfNode } from '../../src/authority/outages.js';
import { PawlError } from '../../src/index.js';
import { windowOf } from '../../src/rotation/outage.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { interceptStore } from './intercepted-store.js';
import { grantedAs, loginAs, openWorld, present } from './world.js';

const unanswered = new PawlError('store_unavailable', 'the store did not answer');
const unsent = new PawlError('store_unavailable', 'waited for other calls', { unsent: true });

/** The window of a session that was rotated at `rotatedAt`, on a node that knows this. */
function windowAt(known: KnownOutagesOfNode, sessionId: string, rotatedAt: number, now: number): number {
  return windowOf(10, rotatedAt, known.of(sessionId, now), now);
}

describe('what a node knows of outages', () => {
  test('is nothing while every call is answered', () => {
    const known = new KnownOutagesOfNode(900);
    known.sessionAnswered('a', 1000);
    known.pollAnswered(1000);
    expect(known.isKnown('a', 1000)).toBe(false);
    expect(windowAt(known, 'a', 1000, 1005)).toBe(10);
  });

  test('is of the one session whose call was not answered', () => {
    const known = new KnownOutagesOfNode(900);
    known.sessionFailed('a', 1000, unanswered);
    expect([known.isKnown('a', 1005), known.isKnown('b', 1005)]).toEqual([true, false]);
    known.sessionAnswered('a', 1030);
    expect(windowAt(known, 'a', 1000, 1040)).toBe(10 + 30 + 10);
    expect(windowAt(known, 'b', 1000, 1040)).toBe(10);
  });

  test('is of every session when the poll of the key ring was not answered', () => {
    const known = new KnownOutagesOfNode(900);
    known.pollFailed(1000, unanswered);
    known.pollFailed(1010, unanswered);
    known.pollAnswered(1020);
    expect(windowAt(known, 'b', 1000, 1025)).toBe(10 + 20 + 10);
  });

  test('is nothing of a call that waited in this process and was never sent, nor of another error', () => {
    const known = new KnownOutagesOfNode(900);
    for (const error of [
      unsent,
      new PawlError('claims_unavailable', 'the hook failed'),
      new Error('other'),
    ]) {
      known.sessionFailed('a', 1000, error);
      known.pollFailed(1000, error);
    }
    expect(known.isKnown('a', 1001)).toBe(false);
  });

  test('is forgotten when no window reaches back to it', () => {
    const known = new KnownOutagesOfNode(900);
    known.sessionFailed('a', 1000, unanswered);
    known.sessionAnswered('a', 1010);
    known.pollFailed(1000, unanswered);
    known.pollAnswered(1010);
    expect(known.isKnown('a', 1909)).toBe(true);
    expect(known.isKnown('a', 1910)).toBe(false);
  });

  test('of sessions that failed first goes when there are too many', () => {
    const known = new KnownOutagesOfNode(900);
    for (let index = 0; index <= 10_000; index += 1) known.sessionFailed(`s${index}`, 1000, unanswered);
    expect([known.isKnown('s0', 1005), known.isKnown('s1', 1005)]).toEqual([false, true]);
  });

  test('does not reach further than the cap', () => {
    const known = new KnownOutagesOfNode(60);
    known.pollFailed(1000, unanswered);
    known.pollFailed(1050, unanswered);
    known.pollAnswered(1100);
    expect(windowAt(known, 'a', 1000, 1101)).toBe(60);
  });
});

/** A store that carries out what it is told and answers nothing, while `frozen`. */
async function freezableWorld() {
  const state = { frozen: false };
  const store = interceptStore(createMemoryStore(), async (_, perform) => {
    const value = await perform();
    if (state.frozen) throw new PawlError('store_unavailable', 'the store did not answer');
    return value;
  });
  return { state, world: await openWorld({ store, policy: 'balanced' }) };
}

describe('a store that answers again after longer than the window', () => {
  test.each([12, 50, 600])('lets in a client that asked every 5 seconds of %i', async (outageSeconds) => {
    const { state, world } = await freezableWorld();
    const { authority, clock } = world;
    const { refreshToken } = await loginAs(authority, 'alice');
    state.frozen = true;
    for (let passed = 0; passed < outageSeconds; passed += 5) {
      await expect(present(authority, refreshToken)).rejects.toMatchObject({ code: 'store_unavailable' });
      clock.advance(5);
    }
    state.frozen = false;
    const { refreshToken: next } = grantedAs('replayed', await present(authority, refreshToken));
    clock.advance(9);
    grantedAs('replayed', await present(authority, refreshToken));
    clock.advance(60);
    grantedAs('rotated', await present(authority, next));
  });

  test('lets it in at a node that it had not asked, because that node asks every second', async () => {
    const { state, world } = await freezableWorld();
    const { authority, clock, addNode } = world;
    const other = await addNode();
    const { refreshToken } = await loginAs(authority, 'alice');
    await other.maintain();
    state.frozen = true;
    await expect(present(authority, refreshToken)).rejects.toMatchObject({ code: 'store_unavailable' });
    for (let passed = 0; passed < 90; passed += 1) {
      await expect(other.maintain()).rejects.toMatchObject({ code: 'store_unavailable' });
      clock.advance(1);
    }
    state.frozen = false;
    await other.maintain();
    grantedAs('replayed', await present(other, refreshToken));
  });

  test('and which answers all but one call in 9 seconds makes no window longer than by those calls', async () => {
    const { state, world } = await freezableWorld();
    const { authority, clock } = world;
    const bystander = await loginAs(authority, 'bob');
    const { refreshToken: retired } = await loginAs(authority, 'alice');
    grantedAs('rotated', await present(authority, retired));
    let token = bystander.refreshToken;
    for (let passed = 0; passed < 120; passed += 9) {
      state.frozen = true;
      await expect(present(authority, token)).rejects.toMatchObject({ code: 'store_unavailable' });
      state.frozen = false;
      clock.advance(2);
      const answered = await present(authority, token);
      expect(answered.granted).toBe(true);
      if (answered.granted) token = answered.tokens.refreshToken;
      await authority.maintain();
      clock.advance(7);
    }
    expect(await present(authority, retired)).toMatchObject({ granted: false, outcome: 'reused' });
  });

  test('still tells a thief: of a token that was retired before, a window after the answer, and of a third generation', async () => {
    const { state, world } = await freezableWorld();
    const { authority, clock } = world;
    const first = (await loginAs(authority, 'alice')).refreshToken;
    const second = grantedAs('rotated', await present(authority, first)).refreshToken;
    clock.advance(20);
    state.frozen = true;
    await expect(present(authority, second)).rejects.toMatchObject({ code: 'store_unavailable' });
    clock.advance(30);
    state.frozen = false;
    grantedAs('replayed', await present(authority, second));
    expect(await present(authority, first)).toMatchObject({ granted: false, outcome: 'reused' });

    const again = (await loginAs(authority, 'bob')).refreshToken;
    state.frozen = true;
    await expect(present(authority, again)).rejects.toMatchObject({ code: 'store_unavailable' });
    clock.advance(30);
    state.frozen = false;
    grantedAs('replayed', await present(authority, again));
    clock.advance(10);
    expect(await present(authority, again)).toMatchObject({ granted: false, outcome: 'reused' });
  });
});
