import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sharedBrowser } from '../../../../../testbed/src/vitest/shared-browser.js';
import { createProof, createProofKey } from '../../../src/client/proof-key.js';
import { alarms, type LoopbackIssuer } from '../loopback-issuer.js';
import { call, logIn, openTabs, reportOf, startApplication } from './application.js';
import { dumpDatabases, restoreDatabases } from './dump.js';

const { browser } = await sharedBrowser();
let application: LoopbackIssuer;
let owner: BrowserContext;
let thief: BrowserContext;

beforeEach(async () => {
  application = await startApplication('balanced');
  [owner, thief] = [await browser.newContext(), await browser.newContext()];
});

afterEach(async () => {
  await owner.close();
  await thief.close();
  await application.close();
});

const signedIn = { status: 200, session: { status: 'signed-in' } };

async function openOwner(): Promise<Page> {
  const [page] = await openTabs(owner, application.proxy.origin, {}, 1);
  if (page === undefined) throw new Error('no page');
  await logIn(page);
  return page;
}

/** What a thief finds in the browser of the owner: the tokens, and no key. */
async function loot(page: Page): Promise<{ dump: string; accessToken: string; refreshToken: string }> {
  expect(await page.evaluate('JSON.stringify(localStorage) + document.cookie')).toBe('{}');
  const dump = await page.evaluate<string>(dumpDatabases);
  const [record] = (
    JSON.parse(dump) as [{ values: [{ tokens: { accessToken: string; refreshToken: string } }] }]
  )[0].values;
  return { dump, ...record.tokens };
}

test('a copy of all that is stored gives another browser nothing, and raises one event', async () => {
  const page = await openOwner();
  const { dump, accessToken, refreshToken } = await loot(page);
  expect(dump).toContain('"privateKey":{}');
  await page.close();
  // At night, with the owner away, and no token retired.
  application.clock.advance(36_000);

  const { issuer } = application;
  const refresh = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${issuer}/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ refresh_token: refreshToken }),
    });
  const key = await createProofKey(true);
  const proof = (method: string, path: string, ath: string | null): Promise<string> =>
    createProof(key, { method, url: issuer + path, issuedAt: application.clock.now(), accessToken: ath });
  expect((await refresh({ dpop: await proof('POST', '/refresh', null) })).status).toBe(400);
  expect(alarms(application.events).map(({ type }) => type)).toEqual(['session.wrong-key']);
  expect((await refresh({})).status).toBe(400);
  const authorizations = [
    { authorization: `Bearer ${accessToken}` },
    { authorization: `DPoP ${accessToken}` },
    { authorization: `DPoP ${accessToken}`, dpop: await proof('GET', '/userinfo', accessToken) },
  ];
  for (const headers of authorizations) {
    expect((await fetch(`${issuer}/userinfo`, { headers })).status).toBe(401);
  }

  const [stolen] = (await openTabs(thief, application.proxy.origin, { patienceSeconds: 1 }, 1)) as [Page];
  await stolen.evaluate(restoreDatabases(dump));
  await stolen.reload();
  expect((await reportOf(stolen)).status).not.toBe(200);

  const [back] = (await openTabs(owner, application.proxy.origin, {}, 1)) as [Page];
  expect(await reportOf(back)).toMatchObject(signedIn);
});

test('a key of a page signs for its scripts, and cannot be exported by them', async () => {
  const page = await openOwner();
  const outcome = await page.evaluate(`(async () => {
    const opening = indexedDB.open('pawl-client');
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const reading = opening.result.transaction('sessions').objectStore('sessions').getAll();
    await new Promise((resolve) => (reading.onsuccess = resolve));
    const { privateKey } = reading.result[0].key;
    const exports = ['jwk', 'pkcs8'].map((format) => crypto.subtle.exportKey(format, privateKey).then(() => 'out', () => 'refused'));
    return [privateKey.extractable, ...(await Promise.all(exports))];
  })()`);
  expect(outcome).toEqual([false, 'refused', 'refused']);
});

test('a cookie jar that is copied dies with its access token where the refresh is bound, and raises one event', async () => {
  const options = { transport: 'cookie', binding: 'dpop' } as const;
  const [page] = (await openTabs(owner, application.proxy.origin, options, 1)) as [Page];
  await logIn(page);
  const cookies = await owner.cookies();
  expect(cookies.map(({ httpOnly, secure }) => httpOnly && secure)).toEqual([true, true]);
  application.clock.advance(301);
  await thief.addCookies(cookies);
  const [stolen] = (await openTabs(thief, application.proxy.origin, options, 1)) as [Page];
  expect(await reportOf(stolen)).toMatchObject({ status: 401, session: { status: 'anonymous' } });
  expect(alarms(application.events).map(({ type }) => type)).toEqual(['session.wrong-key']);
  expect(await call(page)).toMatchObject(signedIn);
});

test('a cookie jar that is copied is found out where nothing is bound, when both go on', async () => {
  const options = { transport: 'cookie' } as const;
  const [page] = (await openTabs(owner, application.proxy.origin, options, 1)) as [Page];
  await logIn(page);
  const cookies = await owner.cookies();
  application.clock.advance(301);
  expect(await call(page)).toMatchObject(signedIn);
  application.clock.advance(301);
  await thief.addCookies(cookies);
  const [stolen] = (await openTabs(thief, application.proxy.origin, options, 1)) as [Page];
  expect(await reportOf(stolen)).toMatchObject({ status: 401 });
  expect(application.events.filter(({ type }) => type === 'session.reused')).toHaveLength(1);
  expect(await call(page)).toMatchObject({ status: 401, session: { status: 'ended', reason: 'refused' } });
});
