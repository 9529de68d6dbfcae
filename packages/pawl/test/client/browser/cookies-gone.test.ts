import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sharedBrowser } from '../../../../../testbed/src/vitest/shared-browser.js';
import type { LoopbackIssuer } from '../loopback-issuer.js';
import { fairPassage } from '../weather-proxy.js';
import { call, logIn, openTabs, reportOf, startApplication } from './application.js';

const signedIn = { status: 200, session: { status: 'signed-in' } };
const ended = { status: 401, session: { status: 'ended', reason: 'refused' } };

const { browser } = await sharedBrowser();
let context: BrowserContext;
let application: LoopbackIssuer;
let first: Page;
let second: Page;

beforeEach(async () => {
  application = await startApplication('balanced');
  context = await browser.newContext();
  const options = { transport: 'cookie', patienceSeconds: 0 } as const;
  [first, second] = (await openTabs(context, application.proxy.origin, options, 2)) as [Page, Page];
  // Each asks once whether there are cookies of a session.
  await Promise.all([first, second].map(reportOf));
  await logIn(first);
});

afterEach(async () => {
  await context.close();
  await application.close();
});

test('without its cookies a session is over in every tab, at once, and the next login is found', async () => {
  await context.clearCookies();
  expect(await call(first)).toMatchObject(ended);
  expect(await call(second)).toMatchObject(ended);
  expect(await second.evaluate('heard.at(-1)')).toMatchObject({ status: 'ended', reason: 'refused' });
  await second.reload();
  expect(await reportOf(second)).toMatchObject(ended);
  await logIn(second);
  expect(await call(first)).toMatchObject(signedIn);
});

test('an access cookie that ends before its time is refreshed, once', async () => {
  application.clock.advance(60);
  await context.clearCookies({ name: /^__Host-pawl-access-/ });
  expect(await Promise.all([call(first), call(second)])).toMatchObject([signedIn, signedIn]);
  expect(application.events.filter(({ type }) => type === 'session.refreshed')).toHaveLength(1);
});

test('a session that was ended from elsewhere is over, also after its cookies were taken away', async () => {
  await application.authority.revokeSubject('ada');
  application.clock.advance(301);
  expect(await call(first)).toMatchObject(ended);
  expect(await context.cookies()).toEqual([]);
  await first.reload();
  expect(await reportOf(first)).toMatchObject(ended);
});

test('an error that says nothing of the session ends nothing', async () => {
  application.clock.advance(301);
  for (const [status, body] of [
    [400, 'bad gateway of some proxy'],
    [400, '{"error":"invalid_client"}'],
    [401, '{"error":"invalid_grant"}'],
    [503, '{"error":"invalid_request"}'],
  ] as const) {
    application.proxy.conduct = async (passage) => {
      if (passage.path !== '/auth/refresh') return fairPassage(passage);
      const headers = ['content-type', 'application/json'];
      return passage.give({ status, headers, body: Buffer.from(body) });
    };
    const report = await call(first);
    expect(report.status, body).not.toBe(200);
    expect(await first.evaluate('client.session()'), body).toMatchObject({ status: 'signed-in' });
  }
  application.proxy.conduct = fairPassage;
  await expect.poll(() => call(first), { timeout: 60_000 }).toMatchObject(signedIn);
});
