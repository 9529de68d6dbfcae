import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Page } from '../../src/client/keep-fresh.js';
import type { SessionState } from '../../src/client/session-record.js';
import type { ClientStorage } from '../../src/client/storage.js';
import { type ClientWorld, credentials, openClientWorld, sentTo, turns } from './world.js';

let world: ClientWorld;

beforeEach(async () => {
  world = await openClientWorld();
});

afterEach(() => world.close());

interface WatchedPage extends Page {
  visibilityState: string;
  /** Says that somebody turned to the page or away from it. */
  turn(to: 'visible' | 'hidden'): Promise<void>;
}

function openPage(): WatchedPage {
  const listeners = new Set<() => void>();
  return {
    visibilityState: 'visible',
    addEventListener: (_type, listener) => void listeners.add(listener),
    removeEventListener: (_type, listener) => void listeners.delete(listener),
    async turn(to) {
      this.visibilityState = to;
      for (const listener of listeners) listener();
      // Long enough for a refresh, and for finding that there is none.
      await turns(50);
    },
  };
}

test('a page that is looked at refreshes a minute ahead, once, and calls do not wait', async () => {
  const page = openPage();
  const client = world.open({ binding: 'none', page });
  await client.login(credentials);
  world.harness.clock.advance(220);
  await page.turn('visible');
  expect(sentTo(world, '/refresh')).toEqual([]);
  world.harness.clock.advance(30);
  await page.turn('visible');
  await page.turn('visible');
  expect(sentTo(world, '/refresh')).toEqual(['POST /refresh 200']);
});

test('a hidden page lets its token expire, and has a new one when it is looked at again', async () => {
  const page = openPage();
  const client = world.open({ binding: 'none', page });
  await client.login(credentials);
  world.harness.clock.advance(3600);
  await page.turn('hidden');
  expect(sentTo(world, '/refresh')).toEqual([]);
  await page.turn('visible');
  expect(sentTo(world, '/refresh')).toEqual(['POST /refresh 200']);
  expect((await client.fetch(`${world.issuer}/userinfo`)).status).toBe(200);
});

test('a page that is looked at again learns of what happened without a message', async () => {
  const page = openPage();
  // A browser without BroadcastChannel: nothing is watched.
  const shared = world.storage;
  const storage: ClientStorage = {
    holdsKeyHandles: true,
    load: () => shared.load(),
    replace: (revision, next) => shared.replace(revision, next),
    lock: (work, seconds) => shared.lock(work, seconds),
  };
  const client = world.open({ binding: 'none', page, storage });
  await client.login(credentials);
  const heard: SessionState[] = [];
  client.onChange((state) => heard.push(state));
  await world.open({ binding: 'none' }).logout();
  expect(heard).toEqual([]);
  await page.turn('visible');
  expect(heard).toMatchObject([{ status: 'ended', reason: 'logged-out' }]);
});
