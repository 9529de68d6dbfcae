import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import type { ClientOptions } from '../../../src/client/index.js';
import type { PolicyOption } from '../../../src/authority/options.js';
import { type LoopbackIssuer, startLoopbackIssuer } from '../loopback-issuer.js';

/** What a page reports of a call. */
export interface PageReport {
  readonly status: number | string;
  readonly session: { readonly status: string; readonly reason?: string } | null;
}

/** An issuer that serves the page of page.ts as well, in front of a proxy. */
export async function startApplication(policy: PolicyOption): Promise<LoopbackIssuer> {
  const entry = fileURLToPath(new URL('./page.ts', import.meta.url));
  const bundled = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false });
  const script = bundled.outputFiles[0]?.text ?? '';
  return startLoopbackIssuer(policy, (request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
  });
}

/** Opens tabs of one browser at the page, which hands the options to its client. */
export async function openTabs(
  context: BrowserContext,
  origin: string,
  options: Partial<ClientOptions>,
  count: number,
): Promise<Page[]> {
  const search = encodeURIComponent(JSON.stringify(options));
  const pages = await Promise.all(Array.from({ length: count }, () => context.newPage()));
  await Promise.all(pages.map((page) => page.goto(`${origin}/?${search}`)));
  return pages;
}

export async function logIn(page: Page): Promise<void> {
  const outcome = await page.evaluate<{ ok: boolean }>(
    `client.login({ username: 'ada', password: 'correct', device: 'laptop' })`,
  );
  if (!outcome.ok) throw new Error(`no login: ${JSON.stringify(outcome)}`);
}

/** The report of the call that the page made by itself after it was loaded last. */
export async function reportOf(page: Page): Promise<PageReport> {
  for (;;) {
    try {
      return await page.evaluate<PageReport>('ready');
    } catch (error) {
      // The next document may be on its way, or may not have run its script yet.
      if (!/navigation|not defined/.test(String(error))) throw error;
      await page.waitForLoadState();
    }
  }
}

export function call(page: Page): Promise<PageReport> {
  return page.evaluate<PageReport>('call()');
}
