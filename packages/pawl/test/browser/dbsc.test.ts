import type { BrowserContext } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sharedBrowser } from '../../../../testbed/src/vitest/shared-browser.js';
import { cookieNamesOf } from '../../src/http/index.js';
import { type Site, startSite, visit } from './dbsc-site.js';

const { browser, certificate } = await sharedBrowser();
let site: Site;
let context: BrowserContext;

beforeEach(async () => {
  site = await startSite(certificate);
  context = await browser.newContext();
});

afterEach(async () => {
  await context.close();
  await site.close();
});

const names = () => cookieNamesOf(site.server.origin());
const statuses = (path: string) => site.requests(path).map(({ status }) => status);
const proofs = () => site.requests('/dbsc/refresh').map(({ headers }) => headers['secure-session-response']);
const outcomes = () =>
  site.events.flatMap((event) => (event.type === 'session.refreshed' ? [event.outcome] : [event.type]));
const sinceLogin = () => outcomes().slice(outcomes().indexOf('session.created') + 1);
/** How many answers to refreshes were lost: Chromium decides how often it repeats one. */
const lostRefreshes = () => statuses('/dbsc/refresh').filter((status) => status === 0).length;
const replayed = (times: number) => Array<string>(times).fill('replayed');

describe('a browser that knows device bound sessions', () => {
  test('registers a key after a login by cookie; its next request binds the session and loses the refresh token', async () => {
    const owner = await visit(site, context);
    await owner.login();
    expect(statuses('/dbsc/register')).toEqual([200]);
    expect(sinceLogin()).toEqual([]);

    expect(await owner.call('/api/first')).toEqual({ status: 200, body: { subject: 'ada' } });
    // The challenge came with the registration: no 403 before.
    expect(statuses('/dbsc/refresh')).toEqual([200]);
    expect(sinceLogin()).toEqual(['session.bound', 'rotated']);
    expect((await context.cookies()).map(({ name }) => name)).toEqual([names().access, names().browser]);
    expect(await site.authority.listSessions('ada')).toMatchObject([{ binding: 'browser' }]);
  });

  test('answers the challenge that was sent ahead', async () => {
    const owner = await visit(site, context);
    await owner.login();
    site.clock.advance(1);
    await owner.call('/api/first');
    site.clock.advance(290);
    await owner.dropAccessCookie();
    expect((await owner.call('/api/second')).status).toBe(200);
    expect(statuses('/dbsc/refresh')).toEqual([200, 200]);
    expect(new Set(proofs()).size).toBe(2);
    expect(sinceLogin()).toEqual(['session.bound', 'rotated', 'rotated']);
  });

  test('is asked for a new proof when that challenge is too old, after a night', async () => {
    const owner = await visit(site, context);
    await owner.login();
    await owner.call('/api/first');
    site.clock.advance(8 * 3600);
    await owner.dropAccessCookie();
    expect((await owner.call('/api/second')).status).toBe(200);
    expect(statuses('/dbsc/refresh')).toEqual([200, 403, 200]);
    expect(sinceLogin()).toEqual(['session.bound', 'rotated', 'rotated']);
  });

  test('refreshes once for 20 requests at once from two tabs', async () => {
    const owner = await visit(site, context);
    await owner.login();
    await owner.call('/api/first');
    const other = await visit(site, context);
    site.clock.advance(290);
    await owner.dropAccessCookie();
    const calls = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? owner : other).call(`/api/${String(index)}`),
    );
    expect(new Set((await Promise.all(calls)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(statuses('/dbsc/refresh')).toEqual([200, 200]);
  });

  test('refreshes ahead when its cookie is about to end: the request leaves with the old one, and both are good', async () => {
    const owner = await visit(site, context);
    await owner.login();
    await owner.call('/api/first');
    const [cookie] = await context.cookies();
    if (cookie === undefined) throw new Error('the browser has no access cookie');
    // Less than two minutes are left, by the clock of the browser.
    await context.addCookies([{ ...cookie, expires: Date.now() / 1000 + 60 }]);
    site.clock.advance(230);
    expect((await owner.call('/api/second')).status).toBe(200);
    expect(site.requests('/api/second')[0]?.headers.cookie).toContain(cookie.value);
    await expect.poll(() => statuses('/dbsc/refresh'), { timeout: 60_000 }).toEqual([200, 200]);
    await expect
      .poll(async () => (await context.cookies()).map(({ value }) => value), { timeout: 60_000 })
      .not.toEqual([cookie.value]);
    expect((await site.authority.verify(cookie.value)).valid).toBe(true);
    expect((await owner.call('/api/third')).status).toBe(200);
    expect(statuses('/dbsc/refresh')).toEqual([200, 200]);
  });

  test('tells a page that asks for a refresh how long its access token is good for, and sets nothing', async () => {
    const owner = await visit(site, context);
    await owner.login();
    await owner.call('/api/first');
    site.clock.advance(100);
    const { status, body } = await owner.call('/refresh', {});
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer' });
    const { expires_in: left } = body as { readonly expires_in: number };
    expect(left).toBeGreaterThanOrEqual(185);
    expect(left).toBeLessThanOrEqual(200);
    expect(statuses('/dbsc/refresh')).toEqual([200]);
  });
});

describe('an accident is never the end of a session', () => {
  test('the server answers a refresh with 500: the same proof comes again', async () => {
    const owner = await visit(site, context);
    await owner.login();
    await owner.call('/api/first');
    site.clock.advance(290);
    await owner.dropAccessCookie();
    site.failNext('/dbsc/refresh', 500, 500);
    expect((await owner.call('/api/second')).status).toBe(401);
    // The browser has no refresh token and could not refresh: a page must not take that for the end.
    expect((await owner.call('/refresh', {})).status).toBe(503);
    expect((await owner.call('/api/third')).status).toBe(200);
    expect(statuses('/dbsc/refresh')).toEqual([200, 500, 500, 200]);
    expect(new Set(proofs().slice(1)).size).toBe(1);
    expect(sinceLogin()).toEqual(['session.bound', 'rotated', 'rotated']);
  });

  test('the answer to a committed refresh is lost: the same proof is a retry', async () => {
    const owner = await visit(site, context);
    await owner.login();
    await owner.call('/api/first');
    site.clock.advance(290);
    await owner.dropAccessCookie();
    const { status } = await site.withAnswersLost('/dbsc/refresh', () => owner.call('/api/second'));
    expect(status).toBe(401);
    expect((await owner.call('/api/third')).status).toBe(200);
    expect(new Set(proofs().slice(1)).size).toBe(1);
    expect(sinceLogin()).toEqual(['session.bound', 'rotated', 'rotated', ...replayed(lostRefreshes())]);
  });

  test('the answer is lost and the retry comes after the window: the browser is asked for a new proof', async () => {
    const owner = await visit(site, context);
    await owner.login();
    await owner.call('/api/first');
    site.clock.advance(290);
    await owner.dropAccessCookie();
    const { status } = await site.withAnswersLost('/dbsc/refresh', () => owner.call('/api/second'));
    expect(status).toBe(401);
    site.clock.advance(60);
    expect((await owner.call('/api/third')).status).toBe(200);
    expect(statuses('/dbsc/refresh').slice(-2)).toEqual([403, 200]);
    const retries = replayed(lostRefreshes() - 1);
    expect(sinceLogin()).toEqual(['session.bound', 'rotated', 'rotated', ...retries, 'rotated']);
  });

  test('the answer to the refresh that binds is lost: a page that still has the refresh token waits', async () => {
    const owner = await visit(site, context);
    await owner.login();
    const { status } = await site.withAnswersLost('/dbsc/refresh', () => owner.call('/api/first'));
    expect(status).toBe(401);
    site.failNext('/dbsc/refresh', 502);
    expect((await owner.call('/refresh', {})).status).toBe(503);
    expect((await owner.call('/api/second')).status).toBe(200);
    expect((await context.cookies()).map(({ name }) => name)).toEqual([names().access, names().browser]);
    expect(sinceLogin()).toEqual(['session.bound', 'rotated', ...replayed(lostRefreshes())]);
  });

  test('the answer to the registration is lost: the session goes on by its refresh token', async () => {
    const owner = await visit(site, context);
    await site.withAnswersLost('/dbsc/register', () =>
      expect(owner.login()).rejects.toThrow('the registration failed'),
    );
    site.clock.advance(290);
    await owner.dropAccessCookie();
    expect((await owner.call('/refresh', {})).status).toBe(200);
    expect((await owner.call('/api/first')).status).toBe(200);
    expect(statuses('/dbsc/refresh')).toEqual([]);
    expect(sinceLogin()).toEqual(['rotated']);
  });

  test('the store is down for a while: 503, and the browser tries again', async () => {
    const owner = await visit(site, context);
    await owner.login();
    await owner.call('/api/first');
    site.clock.advance(290);
    await owner.dropAccessCookie();
    site.setStoreDown(true);
    expect((await owner.call('/refresh', {})).status).toBe(503);
    site.setStoreDown(false);
    expect((await owner.call('/api/second')).status).toBe(200);
    expect(statuses('/dbsc/refresh')).toEqual([200, 503, 200]);
  });
});
