import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launchChromiumOn } from '../../../../../testbed/src/chromium.js';
import { temporaryFolder } from '../../../../../testbed/src/temporary-folder.js';
import { alarms, type LoopbackIssuer } from '../loopback-issuer.js';
import { fairPassage, type Passage } from '../weather-proxy.js';
import { call, logIn, openTabs, reportOf, startApplication } from './application.js';

const nightSeconds = 36_000;
const signedIn = { status: 200, session: { status: 'signed-in' } };

let application: LoopbackIssuer;
let profile: string;
let browser: BrowserContext;

beforeEach(async () => {
  application = await startApplication('strict');
  profile = temporaryFolder('profile');
  browser = await launchChromiumOn(profile);
});

afterEach(async () => {
  expect(alarms(application.events)).toEqual([]);
  await browser.close();
  await application.close();
});

async function openPage(): Promise<Page> {
  const [page] = await openTabs(browser, application.proxy.origin, {}, 1);
  if (page === undefined) throw new Error('no page');
  return page;
}

/** Does something with refreshes, and lets everything else pass. */
function conductRefreshes(conduct: (passage: Passage) => Promise<void>): void {
  application.proxy.conduct = (passage) =>
    passage.path === '/auth/refresh' ? conduct(passage) : fairPassage(passage);
}

/** The next refresh is committed, and its answer is held back. Resolves when that is so. */
function holdNextRefresh(): Promise<Passage> {
  return new Promise((resolve) => {
    conductRefreshes(async (passage) => {
      await passage.ask();
      conductRefreshes(fairPassage);
      resolve(passage);
    });
  });
}

test('a laptop that sleeps for a night is still in', async () => {
  const page = await openPage();
  await logIn(page);
  application.clock.advance(nightSeconds);
  expect(await call(page)).toMatchObject(signedIn);
});

test('a network that is cut in mid-refresh, for the night, costs nothing', async () => {
  const page = await openPage();
  await logIn(page);
  application.clock.advance(301);
  const held = holdNextRefresh();
  const calling = call(page);
  const passage = await held;
  let cuts = 0;
  conductRefreshes((next) => {
    cuts += 1;
    // The second try finds no network either; then the laptop sleeps.
    if (cuts === 2) application.clock.advance(nightSeconds);
    if (cuts >= 4) return fairPassage(next);
    next.cut();
    return Promise.resolve();
  });
  passage.cut();
  expect(await calling).toMatchObject(signedIn);
});

test('a browser that is closed in mid-refresh and started the next day is still in', async () => {
  const page = await openPage();
  await logIn(page);
  for (let day = 0; day < 2; day++) {
    application.clock.advance(nightSeconds);
    const held = holdNextRefresh();
    const open = browser.pages().at(-1) ?? page;
    void call(open).catch(() => undefined);
    await held;
    await browser.close();
    browser = await launchChromiumOn(profile);
    application.clock.advance(nightSeconds);
    expect(await reportOf(await openPage())).toMatchObject(signedIn);
  }
});
