import { request as forward } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { startHttpsServer } from '../../../../testbed/src/https-server.js';
import { sharedBrowser } from '../../../../testbed/src/vitest/shared-browser.js';
import { temporaryFolder } from '../server-process.js';
import { startWithUser, userPassword } from '../server-with-user.js';

const { browser, certificate } = await sharedBrowser();
const patience = { timeout: 60_000, interval: 500 };

test('a browser that knows device bound sessions is bound by the login form, and shown as bound', async () => {
  const front = await startHttpsServer(certificate);
  onTestFinished(() => front.close());
  const server = await startWithUser(temporaryFolder(), { PAWL_ISSUER: front.origin() });
  const { port } = new URL(server.address);
  front.answerWith((incoming, outgoing) => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const onward = forward({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(`${front.origin()}/account`);
  await page.fill('#username', 'alice');
  await page.fill('#password', userPassword);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.devices');

  await expect
    .poll(async () => {
      await page.goto(`${front.origin()}/account`);
      return page.locator('.badge.here + .badge').textContent();
    }, patience)
    .toBe('Bound');
  const names = async (): Promise<string[]> => (await page.context().cookies()).map(({ name }) => name);
  expect((await names()).map((name) => name.replace(/-\w{8}$/, ''))).toEqual([
    '__Host-pawl-access',
    '__Host-pawl-browser',
  ]);

  // The access cookie is all that the browser has; it renews it by its key before it sends the request.
  await page.context().clearCookies();
  await page.goto(`${front.origin()}/account`);
  expect(await page.locator('.badge.here').count()).toBe(1);
  await page.getByRole('link', { name: /^History/ }).click();
  await page.waitForSelector('.timeline');
  expect(await page.locator('.timeline').textContent()).toContain('Bound to a key of this browser');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForSelector('#password');
  expect(await names()).toEqual([]);
  for (const alarm of ['session.wrong-key', 'session.reused'])
    expect(server.output.stderr).not.toContain(alarm);
});
