import type { BrowserContext } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sharedBrowser } from '../../../../testbed/src/vitest/shared-browser.js';
import { copyCookies, type Site, startSite, visit } from './dbsc-site.js';

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

const refreshes = () => site.requests('/dbsc/refresh').length;
const types = () => site.events.map(({ type }) => type);

async function boundOwner() {
  const owner = await visit(site, context);
  await owner.login();
  expect((await owner.call('/api/first')).status).toBe(200);
  return owner;
}

describe('an end is clean', () => {
  test('logout: the session is over, and the browser stops to refresh it', async () => {
    const owner = await boundOwner();
    expect((await owner.call('/logout', {})).status).toBe(204);
    expect(await context.cookies()).toEqual([]);
    expect(site.events.at(-1)).toMatchObject({ type: 'session.revoked', cause: 'logout' });
    // The browser asks once more, and is told that there is nothing to go on with.
    expect((await owner.call('/api/second')).status).toBe(401);
    expect(refreshes()).toBe(2);
    expect((await owner.call('/api/third')).status).toBe(401);
    expect((await owner.call('/refresh', {})).status).toBe(400);
    expect(refreshes()).toBe(2);
  });

  test('revocation from another device: the next refresh ends it, and a page is told so', async () => {
    const owner = await boundOwner();
    await site.authority.revokeSubject('ada');
    site.clock.advance(290);
    await owner.dropAccessCookie();
    expect((await owner.call('/refresh', {})).status).toBe(400);
    expect((await owner.call('/api/second')).status).toBe(401);
    expect(refreshes()).toBe(2);
    expect(site.events.at(-1)).toMatchObject({ type: 'refresh.refused', reason: 'revoked' });
  });

  test('another login takes the place of the session, and of its part in the browser', async () => {
    const owner = await boundOwner();
    await owner.login('bob');
    expect((await owner.call('/api/second')).body).toEqual({ subject: 'bob' });
    expect(await site.authority.listSessions('ada')).toEqual([]);
    site.clock.advance(290);
    await owner.dropAccessCookie();
    for (const path of ['/api/third', '/api/fourth']) {
      expect((await owner.call(path)).body).toEqual({ subject: 'bob' });
    }
  });
});

describe('a copy of the cookies', () => {
  test('dies with the access token, while the owner goes on', async () => {
    const owner = await boundOwner();
    const stolen = await copyCookies(browser, context);
    const thief = await visit(site, stolen);
    expect((await thief.call('/api/stolen')).status).toBe(200);

    site.clock.advance(300);
    expect((await thief.call('/api/stolen')).status).toBe(401);
    expect((await thief.call('/refresh', {})).status).toBe(400);
    expect(refreshes()).toBe(1);

    await owner.dropAccessCookie();
    expect((await owner.call('/api/second')).status).toBe(200);
    expect(types()).not.toContain('session.wrong-key');
    await stolen.close();
  });

  test('with the refresh token, made before the session was bound, gets nothing and is reported', async () => {
    const owner = await visit(site, context);
    await owner.login();
    const stolen = await copyCookies(browser, context);
    await owner.call('/api/first');
    const thief = await visit(site, stolen);
    expect((await thief.call('/refresh', {})).status).toBe(400);
    expect((await thief.call('/api/stolen')).status).toBe(401);
    expect(types().filter((type) => type === 'session.wrong-key')).toHaveLength(1);

    site.clock.advance(290);
    await owner.dropAccessCookie();
    expect((await owner.call('/api/second')).status).toBe(200);
    await stolen.close();
  });
});
