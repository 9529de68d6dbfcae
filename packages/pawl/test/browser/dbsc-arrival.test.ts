import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCertificate } from '../../../../testbed/src/certificate.js';
import { launchChromiumOn } from '../../../../testbed/src/chromium.js';
import { temporaryFolder } from '../../../../testbed/src/temporary-folder.js';
import { cookieNamesOf } from '../../src/http/index.js';
import { type Site, startSite, visit } from './dbsc-site.js';

const certificate = createCertificate();
let site: Site;
let profile: string;

beforeEach(async () => {
  site = await startSite(certificate);
  profile = temporaryFolder('chromium-profile');
});

afterEach(async () => {
  await site.close();
});

test('a session survives a restart of the browser, also when its access cookie has ended meanwhile', async () => {
  const evening = await launchChromiumOn(profile, { certificate });
  const owner = await visit(site, evening);
  await owner.login();
  await owner.call('/api/first');
  await owner.dropAccessCookie();
  await evening.close();

  site.clock.advance(10 * 3600);
  const morning = await launchChromiumOn(profile, { certificate });
  const back = await visit(site, morning);
  expect(await back.call('/api/second')).toEqual({ status: 200, body: { subject: 'ada' } });
  expect(site.requests('/dbsc/register')).toHaveLength(1);
  await morning.close();
});

test('who follows a link from another site is still logged in', async () => {
  const context = await launchChromiumOn(profile, { certificate });
  const owner = await visit(site, context);
  await owner.login();
  await owner.call('/api/first');
  site.clock.advance(290);
  await owner.dropAccessCookie();

  const { page } = owner;
  await page.goto(site.server.origin('elsewhere.localhost'));
  await page.setContent(`<a href="${site.server.origin()}/?arrived">site</a>`);
  await page.click('a');
  await page.waitForURL('**/?arrived');
  const arrival = site.seen.findLast(({ headers }) => headers['sec-fetch-site'] === 'cross-site');
  // No token: only the mark that there may be a session.
  const { browser } = cookieNamesOf(site.server.origin());
  expect(arrival?.headers.cookie).toBe(`${browser}=bound`);
  // The arrival refreshed nothing: that is left to the first request of the site itself.
  expect(await owner.call('/api/second')).toEqual({ status: 200, body: { subject: 'ada' } });
  expect(site.requests('/dbsc/refresh').map(({ status }) => status)).toEqual([200, 200]);
  await context.close();
});
