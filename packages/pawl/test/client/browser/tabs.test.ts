import { setTimeout as delay } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { sharedBrowser } from '../../../../../testbed/src/vitest/shared-browser.js';
import type { ClientOptions } from '../../../src/client/index.js';
import type { PolicyOption } from '../../../src/authority/options.js';
import { createSeededRandom, type SeededRandom } from '../../../src/testing/seeded-random.js';
import { alarms, type LoopbackIssuer } from '../loopback-issuer.js';
import type { Passage } from '../weather-proxy.js';
import { call, logIn, openTabs, reportOf, startApplication } from './application.js';

const seed = Date.now() % 2 ** 31;

const { browser } = await sharedBrowser();
let context: BrowserContext;
let application: LoopbackIssuer;

afterEach(async () => {
  await context.close();
  await application.close();
});

const longestDelayMilliseconds = 120;

async function slow(random: SeededRandom, passage: Passage): Promise<void> {
  await delay(random.below(longestDelayMilliseconds));
  const answer = await passage.ask();
  await delay(random.below(longestDelayMilliseconds));
  await passage.give(answer);
}

/** A request that does not arrive, one that arrives twice, an answer that does not arrive; all of them late. */
async function bad(random: SeededRandom, passage: Passage): Promise<void> {
  const fate = random.below(10);
  await delay(random.below(longestDelayMilliseconds));
  if (fate === 0) {
    passage.cut();
    return;
  }
  const copies = await Promise.all(fate === 1 ? [passage.ask(), passage.ask()] : [passage.ask()]);
  await delay(random.below(longestDelayMilliseconds));
  const answer = random.pick(copies);
  if (fate === 2) passage.cut();
  else await passage.give(answer);
}

interface Play {
  readonly policy: PolicyOption;
  readonly options: Partial<ClientOptions>;
  readonly weather: (random: SeededRandom, passage: Passage) => Promise<void>;
  readonly rounds: number;
  /** Whether the tabs are loaded anew in each round, or stay and call. */
  readonly isReloading: boolean;
  /** Run in each page before anything else. */
  readonly prepare?: string;
}

/** Three tabs want something at once when their access token is over; of those that reload, some do again while the first refresh is under way. */
async function play(played: Play): Promise<Page[]> {
  const { policy, options, weather, rounds, isReloading, prepare } = played;
  const random = createSeededRandom(seed);
  application = await startApplication(policy);
  const { proxy, clock } = application;
  context = await browser.newContext();
  if (prepare !== undefined) await context.addInitScript(prepare);
  const pages = await openTabs(context, proxy.origin, options, 3);
  await logIn(pages[0] as Page);
  for (let round = 0; round < rounds; round++) {
    clock.advance(301);
    let again: Promise<unknown> = Promise.resolve();
    let isFirst = isReloading && random.below(2) === 0;
    proxy.conduct = (passage) => {
      if (!passage.path.startsWith('/auth/')) return passage.ask().then((answer) => passage.give(answer));
      if (isFirst && passage.path === '/auth/refresh') {
        isFirst = false;
        // A reload that another one overtakes is given up by the browser.
        again = random
          .pick(pages)
          .reload()
          .catch(() => undefined);
      }
      // What befalls a call of the API is the application's to repeat.
      return (passage.path === '/auth/refresh' ? weather : slow)(random, passage);
    };
    if (isReloading) await Promise.all(pages.map((page) => page.reload().catch(() => undefined)));
    await again;
    for (const report of await Promise.all(pages.map(isReloading ? reportOf : call))) {
      expect(report).toMatchObject({ status: 200, session: { status: 'signed-in' } });
    }
  }
  expect(alarms(application.events)).toEqual([]);
  expect(application.events.filter(({ type }) => type === 'session.refreshed').length).toBeGreaterThanOrEqual(
    rounds,
  );
  return pages;
}

describe(`three tabs at once (seed ${String(seed)})`, () => {
  test('bound, without any window, reloading under delay, loss and duplicates: nobody is logged out', async () => {
    await play({ policy: 'strict', options: {}, weather: bad, isReloading: true, rounds: 8 });
  });

  const unforgiven = { policy: 'strict', options: { binding: 'none' }, weather: slow } as const;

  test('without a key and without any window, under delay: nobody is logged out', async () => {
    await play({ ...unforgiven, isReloading: false, rounds: 4 });
  });

  test('the same in a browser without Web Locks and BroadcastChannel', async () => {
    const prepare = `
      Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });
      delete globalThis.BroadcastChannel;`;
    await play({ ...unforgiven, isReloading: false, rounds: 4, prepare });
  });

  test('with cookies, reloading: nobody is logged out, and a logout reaches every tab', async () => {
    const options = { transport: 'cookie' } as const;
    const pages = await play({ policy: 'balanced', options, weather: slow, isReloading: true, rounds: 4 });
    const [first, second] = pages as [Page, Page];
    expect(await first.evaluate('document.cookie')).toBe('');
    expect(await first.evaluate('client.logout()')).toBe(true);
    const ended = { session: { status: 'ended', reason: 'logged-out' } };
    expect(await call(second)).toMatchObject({ status: 401, ...ended });
    await first.reload();
    expect(await reportOf(first)).toMatchObject(ended);
  });
});
