import { afterEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.js';
import type { ClientStorage } from '../../src/client/storage.js';
import type { PolicyOption } from '../../src/authority/authority.js';
import { type ClientWorld, credentials, openClientWorld, turns, type Weather } from './world.js';

let world: ClientWorld;

afterEach(() => world.close());

interface Tab {
  readonly client: Client;
  /** The page is gone, whatever it was doing. */
  close(): void;
}

/** A page of its own on the shared storage: when it is closed, its lock passes on and it stores nothing more. */
function openTab(isLocking: boolean): Tab {
  const { storage } = world;
  let close = (): void => undefined;
  const gone = new Promise<never>(
    (_resolve, reject) => (close = () => reject(new Error('the page is gone'))),
  );
  gone.catch(() => undefined);
  const alive = <T>(work: () => Promise<T>): Promise<T> => Promise.race([gone, work()]);
  const page: ClientStorage = {
    ...storage,
    load: () => alive(() => storage.load()),
    replace: (revision, next) => alive(() => alive(() => storage.replace(revision, next))),
    lock: (work, seconds) => (isLocking ? storage.lock(() => alive(work), seconds) : work()),
  };
  const client = world.open({ binding: 'none', storage: page });
  return {
    client,
    close() {
      client.close();
      close();
    },
  };
}

interface Play {
  readonly policy: PolicyOption;
  readonly weather: Weather;
  readonly isLocking?: boolean;
  /** Whether tabs are closed in the middle of what they do. */
  readonly isReloading: boolean;
  readonly rounds: number;
}

/** Tabs that all want something at the same time, round after round. Resolves to how often somebody was logged out. */
async function play(
  seed: number,
  { policy, weather, isReloading, rounds, isLocking = true }: Play,
): Promise<number> {
  world = await openClientWorld({ policy }, seed);
  const { random, harness } = world;
  const userinfo = `${world.issuer}/userinfo`;
  world.weather = async (request, forward) => {
    // What a page may send has been stored before.
    const token = request.headers.get('authorization')?.replace('Bearer ', '');
    const stored = await world.storage.load();
    if (token !== undefined && stored?.status === 'signed-in' && stored.tokens.accessToken !== token) {
      const issuedAt = (text: string): unknown =>
        (JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as { iat: unknown }).iat;
      expect(Number(issuedAt(token))).toBeLessThanOrEqual(Number(issuedAt(stored.tokens.accessToken ?? '')));
    }
    return weather(request, forward);
  };
  let logouts = 0;
  const tabs = [1, 2, 3].map(() => openTab(isLocking));
  await tabs[0]?.client.login(credentials);
  for (let round = 0; round < rounds; round++) {
    harness.clock.advance(300 + random.below(600));
    const calls = tabs.map(({ client }) => client.fetch(userinfo).catch((error: unknown) => error));
    if (isReloading) {
      await turns(random.below(12));
      const reloaded = random.below(tabs.length);
      tabs[reloaded]?.close();
      tabs[reloaded] = openTab(isLocking);
      calls.push(tabs[reloaded].client.fetch(userinfo));
    }
    await Promise.all(calls);
    const states = await Promise.all(tabs.map(({ client }) => client.session()));
    if (states.every(({ status }) => status === 'signed-in')) continue;
    logouts += 1;
    await tabs[0]?.client.login(credentials);
  }
  return logouts;
}

const slow: Weather = async (_request, forward) => {
  await turns(world.random.below(6));
  const response = await forward();
  await turns(world.random.below(6));
  return response;
};

/** Answers and requests get lost, and requests arrive twice. */
const bad: Weather = async (request, forward) => {
  const fate = request.url.endsWith('/refresh') ? world.random.below(10) : 9;
  await turns(world.random.below(6));
  if (fate === 0) return null;
  const copies = fate === 1 ? await Promise.all([forward(), forward()]) : [await forward()];
  await turns(world.random.below(6));
  return fate === 2 ? null : (copies[world.random.below(copies.length)] ?? null);
};

const seeds = [1, 2, 3].map((step) => step * 7919 + (Date.now() % 1_000_000));

test.each(
  seeds,
)('three tabs under delay, with no window at all: nobody is logged out (seed %i)', async (seed) => {
  expect(await play(seed, { policy: 'strict', weather: slow, isReloading: false, rounds: 40 })).toBe(0);
});

test.each(seeds)('without the lock the same tabs are (seed %i)', async (seed) => {
  const play40 = { policy: 'strict', weather: slow, isReloading: false, rounds: 40 } as const;
  expect(await play(seed, { ...play40, isLocking: false })).toBeGreaterThan(0);
});

test.each(
  seeds,
)('three tabs that reload, under delay, loss and duplicates: nobody is logged out (seed %i)', async (seed) => {
  expect(await play(seed, { policy: 'balanced', weather: bad, isReloading: true, rounds: 60 })).toBe(0);
});
