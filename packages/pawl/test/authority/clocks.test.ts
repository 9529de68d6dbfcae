import { describe, expect, test } from 'vitest';
import type { Store } from '../../src/stores/index.js';
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.js';
import { storeKinds } from './stores.js';
import { grantedAs, loginAs, openWorld, present, startAt } from './world.js';

/** A store whose server has this clock, moved instead of waited for. */
function withClock(store: Store, clock: FakeClock): Store {
  return { ...store, time: () => Promise.resolve(clock.now()) };
}

function claimsOf(accessToken: string): Readonly<Record<'iat' | 'exp' | 'auth_time', number>> {
  const [, payload = ''] = accessToken.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as ReturnType<typeof claimsOf>;
}

async function openApart(openStore: () => Promise<Store>, differenceSeconds: number) {
  const server = createFakeClock(startAt);
  const store = withClock(await openStore(), server);
  const options = { store, policy: { windowSeconds: 1 } } as const;
  const world = await openWorld({ ...options, clock: server });
  const skewed = createFakeClock(startAt + differenceSeconds);
  const other = await world.addNode({ clock: skewed });
  const advance = (seconds: number) => {
    server.advance(seconds);
    skewed.advance(seconds);
  };
  return { ...world, other, server, skewed, advance };
}

describe.each(storeKinds)('two nodes on the store $kind, one with a clock that is', ({ openStore }) => {
  test.each([600, -600])('%s s off keep a window of 1 s', async (differenceSeconds) => {
    const { authority: right, other: wrong, advance } = await openApart(openStore, differenceSeconds);
    for (const [first, second] of [
      [wrong, right],
      [right, wrong],
      [wrong, wrong],
    ] as const) {
      const { refreshToken: retired } = await loginAs(first, 'ada');
      const { refreshToken: current } = grantedAs('rotated', await present(first, retired));
      advance(0.5);
      grantedAs('replayed', await present(second, retired));
      grantedAs('kept', await present(second, current));
      advance(0.75);
      const { refreshToken: next } = grantedAs('rotated', await present(second, current));
      advance(1.25);
      grantedAs('rotated', await present(first, next));
      advance(1.25);
      expect((await present(second, next)).outcome).toBe('reused');
    }
  });

  test.each([600, -600])('%s s off agree on the end of a session', async (differenceSeconds) => {
    const { authority: right, other: wrong, advance } = await openApart(openStore, differenceSeconds);
    const { sessionId } = await loginAs(wrong, 'ada');
    const found = await right.findSession(sessionId);
    expect(found?.createdAt).toBe(startAt);
    advance((found?.expiresAt ?? 0) - startAt - 1);
    for (const node of [right, wrong])
      expect(await node.findSession(sessionId)).toMatchObject({ alive: true });
    advance(1);
    for (const node of [right, wrong])
      expect(await node.findSession(sessionId)).toMatchObject({ alive: false });
  });
});

describe('a node whose clock is not that of its store', () => {
  const [memory] = storeKinds;

  test('makes access tokens by its own clock, and takes them', async () => {
    const { other, skewed } = await openApart(memory.openStore, -600);
    const tokens = await loginAs(other, 'ada');
    const { iat, exp, auth_time } = claimsOf(tokens.accessToken);
    expect([iat, auth_time]).toEqual([Math.floor(skewed.now()), Math.floor(startAt)]);
    expect(exp - iat).toBe(tokens.expiresInSeconds);
    expect(await other.verify(tokens.accessToken)).toMatchObject({ valid: true });
  });

  test('says so once, and again when the difference has moved by more than a second', async () => {
    const { other, skewed, server, takeEvents } = await openApart(memory.openStore, 0);
    const told = async () => {
      await other.maintain();
      return takeEvents().flatMap((event) =>
        event.type === 'clock.differs' ? [event.differenceSeconds] : [],
      );
    };
    expect(await told()).toEqual([]);
    server.advance(0.9);
    expect(await told()).toEqual([]);
    server.advance(600);
    expect(await told()).toEqual([expect.closeTo(600.9, 3)]);
    expect(other.clockDifferenceSeconds).toBeCloseTo(600.9);
    expect(await told()).toEqual([]);
    skewed.advance(600.9);
    for (let poll = 0; poll < 3; poll += 1)
      expect((await told()).every((seconds) => seconds > 590)).toBe(true);
  });

  test('is set back by at most a second a poll when the clock of the store jumps back', async () => {
    const { other, server } = await openApart(memory.openStore, 0);
    const before = other.now();
    server.set(startAt - 100);
    await other.maintain();
    expect(other.now()).toBeCloseTo(before - 1);
    await other.maintain();
    expect(other.now()).toBeCloseTo(before - 2);
  });
});
