import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { BrowserContext } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { sharedBrowser } from '../../../../testbed/src/vitest/shared-browser.js';
import type { Client, createClient } from '../../src/client/index.js';
import { type Site, startSite, type Visitor, visit } from './dbsc-site.js';

/** What the script puts into the page. */
interface PageGlobals {
  readonly location: { readonly origin: string };
  readonly pawl: { readonly createClient: typeof createClient };
  client: Client;
}

const { browser, certificate } = await sharedBrowser();
let script: string;
let site: Site;
let context: BrowserContext;

beforeAll(async () => {
  const entry = fileURLToPath(new URL('../../src/client/index.ts', import.meta.url));
  const bundled = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    globalName: 'pawl',
    write: false,
  });
  script = bundled.outputFiles[0]?.text ?? '';
});

beforeEach(async () => {
  site = await startSite(certificate);
  context = await browser.newContext();
});

afterEach(async () => {
  await context.close();
  await site.close();
});

/** A tab with a client that leaves its tokens to cookies. */
async function openTab(): Promise<Visitor> {
  const visitor = await visit(site, context);
  await visitor.page.addScriptTag({ content: script });
  await visitor.page.evaluate(() => {
    const page = globalThis as unknown as PageGlobals;
    const issuer = page.location.origin;
    page.client = page.pawl.createClient({ issuer, transport: 'cookie', patienceSeconds: 0 });
  });
  return visitor;
}

/** The status of a call to the API by the client, and how the session stands afterwards. */
function fetchApi({ page }: Visitor, path: string): Promise<readonly [number | string, string]> {
  return page.evaluate(async (address) => {
    const { client } = globalThis as unknown as PageGlobals;
    const status = await client.fetch(address).then(
      (response) => response.status,
      (error: unknown) => String((error as { code?: string }).code),
    );
    return [status, (await client.session()).status] as const;
  }, path);
}

const statuses = (path: string) => site.requests(path).map(({ status }) => status);

test('the client and the browser refresh one session without getting in each other’s way', async () => {
  const first = await openTab();
  await first.login();
  // The login was not the client's: it asks for the session that the cookies hold.
  expect(await fetchApi(first, '/api/first')).toEqual([200, 'signed-in']);
  expect(await site.authority.listSessions('ada')).toMatchObject([{ binding: 'browser' }]);

  const second = await openTab();
  site.clock.advance(301);
  await first.dropAccessCookie();
  expect(await Promise.all([fetchApi(first, '/api/second'), fetchApi(second, '/api/third')])).toEqual([
    [200, 'signed-in'],
    [200, 'signed-in'],
  ]);
  expect(statuses('/api/second')).toEqual([200]);

  // A service that is behind in time refuses: the client asks for a fresh cookie, which the browser has.
  site.failNext('/api/fourth', 401);
  expect(await fetchApi(first, '/api/fourth')).toEqual([200, 'signed-in']);
  expect(statuses('/refresh').at(-1)).toBe(200);
  expect(site.events.filter(({ type }) => /reused|wrong-key/.test(type))).toEqual([]);
});

test('a store that is down ends nothing, a revocation ends the session in every tab', async () => {
  const first = await openTab();
  await first.login();
  const second = await openTab();
  expect(await fetchApi(first, '/api/first')).toEqual([200, 'signed-in']);
  expect(await fetchApi(second, '/api/first')).toEqual([200, 'signed-in']);
  site.clock.advance(301);
  await first.dropAccessCookie();
  site.setStoreDown(true);
  for (const tab of [first, second]) {
    const [status, session] = await fetchApi(tab, '/api/second');
    expect(status).not.toBe(200);
    expect(session).toBe('signed-in');
  }
  site.setStoreDown(false);
  await expect.poll(() => fetchApi(first, '/api/third'), { timeout: 60_000 }).toEqual([200, 'signed-in']);

  await site.authority.revokeSubject('ada');
  site.clock.advance(301);
  await first.dropAccessCookie();
  await expect.poll(() => fetchApi(first, '/api/fourth'), { timeout: 60_000 }).toEqual([401, 'ended']);
  expect(await fetchApi(second, '/api/fourth')).toEqual([401, 'ended']);
});

test('a logout by the client ends the session in the browser too', async () => {
  const first = await openTab();
  await first.login();
  expect(await fetchApi(first, '/api/first')).toEqual([200, 'signed-in']);
  expect(await first.page.evaluate(() => (globalThis as unknown as PageGlobals).client.logout())).toBe(true);
  expect(await context.cookies()).toEqual([]);
  expect(await site.authority.listSessions('ada')).toEqual([]);
  // The browser hears that its session is over when it wants to refresh it, and asks no more.
  expect(await fetchApi(first, '/api/second')).toEqual([401, 'ended']);
  const refreshes = statuses('/dbsc/refresh').length;
  expect(await fetchApi(first, '/api/third')).toEqual([401, 'ended']);
  expect(statuses('/dbsc/refresh')).toHaveLength(refreshes);
});
