import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sharedBrowser } from '../../../../testbed/src/vitest/shared-browser.js';
import { type RunningServer, temporaryFolder } from '../server-process.js';
import { startWithUser, userPassword } from '../server-with-user.js';

const { browser } = await sharedBrowser();

interface Visit {
  readonly server: RunningServer;
  readonly page: Page;
  /** What the browser complained of: the policy, scripts, failures. */
  readonly complaints: string[];
}

const nasty = `"><img src=x onerror=alert(1)><script>alert(2)</script><b style="color:red">`;

async function visit(options: BrowserContextOptions = {}): Promise<Visit> {
  const server = await startWithUser(temporaryFolder(), {});
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { server, page, complaints };
}

async function logIn({ server, page }: Visit): Promise<void> {
  await page.goto(`${server.address}/account`);
  await page.fill('#username', 'alice');
  await page.fill('#password', userPassword);
  await page.click('text=Log in >> nth=-1');
  await page.waitForSelector('.devices');
}

/** Goes from element to element as Tab does, until one whose text or name fits has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    if ((await focused.count()) === 0) continue;
    const label = (await focused.getAttribute('aria-label')) ?? (await focused.textContent()) ?? '';
    if (label.trim() === name) {
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
      return;
    }
  }
  throw new Error(`Tab does not reach "${name}".`);
}

describe('in Chromium', () => {
  test('a user logs in, sees the devices, ends one and then the others, and reads the history', async () => {
    const visited = await visit();
    const { server, page, complaints } = visited;
    const [phone, terminal] = [
      await server.post('/login', { username: 'alice', password: userPassword, device: nasty }),
      await server.post('/login', { username: 'alice', password: userPassword, device: 'my terminal' }),
    ].map(async (answer) => (await answer.json()) as { access_token: string });
    await logIn(visited);
    const cards = page.locator('.devices > li');
    expect(await cards.count()).toBe(3);
    expect(await cards.nth(0).textContent()).toMatch(
      /^Chrome on Linux.*This device.*Not bound.*127\.0\.0\.1/,
    );
    expect(await page.locator('.badge.here').count()).toBe(1);
    expect(await page.locator('.name').allTextContents()).toContain(nasty);

    await page.locator('li', { hasText: 'my terminal' }).getByRole('button').click();
    await page.waitForSelector('.note.good');
    expect(await cards.count()).toBe(2);
    const statusOf = async (tokens: typeof phone): Promise<number> =>
      (await server.get('/userinfo', (await tokens)?.access_token ?? '')).status;
    expect([await statusOf(terminal), await statusOf(phone)]).toEqual([401, 200]);

    await page.getByRole('link', { name: `History of ${nasty}` }).click();
    await page.waitForSelector('.timeline');
    expect(await page.locator('.timeline').textContent()).toContain('Logged in');
    expect(await page.locator('h1 .name').textContent()).toBe(nasty);
    await page.getByRole('link', { name: 'Your devices' }).click();

    await page.getByRole('button', { name: 'Log out everywhere else' }).click();
    await page.waitForSelector('.note.good');
    expect(await cards.count()).toBe(1);
    expect(await statusOf(phone)).toBe(401);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForSelector('#password');
    expect(await page.context().cookies()).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('everything can be done by keyboard and without script', async () => {
    const { server, page } = await visit({ javaScriptEnabled: false });
    await server.post('/login', { username: 'alice', password: userPassword, device: 'my terminal' });
    await page.goto(server.address);
    await page.waitForSelector('#username:focus');
    await page.keyboard.type('alice');
    await page.keyboard.press('Tab');
    await page.keyboard.type(userPassword);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.devices');
    await tabTo(page, 'History of my terminal');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.timeline');
    await tabTo(page, 'Your devices');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.devices');
    await tabTo(page, 'Log out my terminal');
    await page.keyboard.press('Space');
    await page.waitForSelector('.note.good');
    expect(await page.locator('.devices > li').count()).toBe(1);
    await tabTo(page, 'Log out');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#password');
  });

  test.each([
    'light',
    'dark',
  ] as const)('in %s colours nothing is cut off at 320 px, and texts stand out', async (colorScheme) => {
    const visited = await visit({ colorScheme, viewport: { width: 320, height: 640 } });
    const { server, page } = visited;
    await server.post('/login', { username: 'alice', password: userPassword, device: 'x'.repeat(200) });
    const widthsOf = (): Promise<number[]> =>
      page.evaluate('[document.documentElement.scrollWidth, innerWidth]');
    await page.goto(`${server.address}/account`);
    expect(await widthsOf()).toEqual([320, 320]);
    await logIn(visited);
    expect(await widthsOf()).toEqual([320, 320]);
    const pairs = [
      ['body', 'body'],
      ['.lead', 'body'],
      ['dt', '.card'],
      ['.badge.here', '.badge.here'],
      ['.danger', '.danger'],
    ] as const;
    for (const [text, ground] of pairs) {
      const read = (selector: string, property: string): Promise<string> =>
        page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`);
      const ratio = contrast(await read(text, 'color'), await read(ground, 'backgroundColor'));
      expect(ratio, text).toBeGreaterThanOrEqual(4.5);
    }
  });
});

/** WCAG 2 contrast of two colours as `rgb(…)`. */
function contrast(first: string, second: string): number {
  const [dark = 0, light = 0] = [luminance(first), luminance(second)].sort((left, right) => left - right);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map((text) => {
    const share = Number(text) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
