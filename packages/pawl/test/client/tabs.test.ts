import { afterEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.js';
import type { ClientStorage } from '../../src/client/storage.js';
import type { PolicyOption } from '../../src/authority/options.js';
import { type ClientWorld, credentials, openClientWorld, turns, type Weather } from './world.js';

let world: ClientWorld;

/** Every access token that was ever stored. */
const stored = new Set<string>();

/** Addresses that a page sent a token to before it had stored it. An error there would look like bad weather to the client. */
const unstored: string[] = [];

afterEach(async () => {
  await world.close();
  expect(unstored.splice(0)).toEqual([]);
});

interface Tab {
  readonly client: Client;
  /** The page is gone, whatever it was doing. */
  close(): void;
}

/** A page of its own on the shared storage: when it is closed, its lock passes on and it stores nothing more. */
function openTab({ binding, isLocking = true }: Pick<Play, 'binding' | 'isLocking'>): Tab {
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
    replace: (revision, next) =>
      alive(() =>
        alive(async () => {
          const isStored = await storage.replace(revision, next);
          if (isStored && next.status === 'signed-in') stored.add(String(next.tokens.accessToken));
          return isStored;
        }),
      ),
    lock: (work, seconds) => (isLocking ? storage.lock(() => alive(work), seconds) : work()),
  };
  const client = world.open({ binding, storage: page });
  return {
    client,
    close() {
      client.close();
      close();
    },
  };
}

interface Play {
  readonly binding: 'dpop' | 'none';
  readonly policy: PolicyOption;
  readonly weather: Weather;
  readonly isLocking?: boolean;
  /** Whether tabs are closed in the middle of what they do. */
  readonly isReloading: boolean;
  readonly rounds: number;
}

/** Tabs that all want something at the same time, round after round. Resolves to how often somebody was logged out. */
async function play(seed: number, played: Play): Promise<number> {
  const { policy, weather, rounds, binding, isReloading } = played;
  world = await openClientWorld({ policy }, seed);
  const { random, harness } = world;
  const userinfo = `${world.issuer}/userinfo`;
  world.weather = (request, forward) => {
    noteUnstored(request);
    return weather(request, forward);
  };
  /** In bad weather a call may fail, also that of a page that was just opened; what counts is the session. */
  const ask = ({ client }: Tab): Promise<unknown> => client.fetch(userinfo).catch((error: unknown) => error);
  let logouts = 0;
  const tabs = [1, 2, 3].map(() => openTab(played));
  await tabs[0]?.client.login(credentials);
  for (let round = 0; round < rounds; round++) {
    // A night, now and then: without a key nobody may be in the middle of a refresh then.
    harness.clock.advance(binding === 'dpop' && random.below(4) === 0 ? 36_000 : 300 + random.below(600));
    const calls = tabs.map(ask);
    if (isReloading) {
      await turns(random.below(12));
      const reloaded = random.below(tabs.length);
      tabs[reloaded]?.close();
      tabs[reloaded] = openTab(played);
      // Sometimes the next page is opened only after the night.
      if (binding === 'none' || random.below(2) === 0) calls.push(ask(tabs[reloaded]));
    }
    await Promise.all(calls);
    const states = await Promise.all(tabs.map(({ client }) => client.session()));
    if (states.every(({ status }) => status === 'signed-in')) continue;
    logouts += 1;
    await tabs[0]?.client.login(credentials);
  }
  return logouts;
}

/** What a page sends has been stored before. */
function noteUnstored(request: Request): void {
  const token = request.headers.get('authorization')?.split(' ')[1];
  if (token !== undefined && !stored.has(token)) unstored.push(request.url);
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

const strict = { policy: 'strict', weather: slow, isReloading: false, binding: 'none', rounds: 40 } as const;

test.each(
  seeds,
)('tabs without a key and without any window, under delay: nobody is logged out (seed %i)', async (seed) => {
  expect(await play(seed, strict)).toBe(0);
});

test.each(seeds)('the same tabs without the lock are logged out (seed %i)', async (seed) => {
  expect(await play(seed, { ...strict, isLocking: false })).toBeGreaterThan(0);
});

const reloading = { weather: bad, isReloading: true, rounds: 60 } as const;

test.each(
  seeds,
)('tabs without a key that reload, under delay, loss and duplicates: nobody is logged out (seed %i)', async (seed) => {
  expect(await play(seed, { ...reloading, policy: 'balanced', binding: 'none' })).toBe(0);
});

test.each(
  seeds,
)('bound tabs that reload, without any window and without the lock, with nights between: nobody is logged out (seed %i)', async (seed) => {
  const bound = { ...reloading, policy: 'strict', binding: 'dpop', isLocking: false } as const;
  expect(await play(seed, bound)).toBe(0);
  const alarming = world.events.filter(({ type }) => /reused|forged|wrong-key|revoked/.test(type));
  expect(alarming).toEqual([]);
});
