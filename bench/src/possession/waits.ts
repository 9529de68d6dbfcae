import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClientOptions } from 'pawl/client';
import { browserBundle } from '../../../testbed/src/browser-bundle.js';
import { type Certificate, createCertificate } from '../../../testbed/src/certificate.js';
import { launchChromium } from '../../../testbed/src/chromium.js';
import { Child } from '../child.js';
import { percentile } from '../statistics.js';
import { table } from '../table.js';
import type { SiteOrder, SiteReport } from './messages.js';

/** How a session is kept in the browser. */
interface Way {
  readonly name: string;
  readonly folder: string;
  /** Null: the page has no client, the browser does it. */
  readonly client: Partial<ClientOptions> | null;
  /** How far both clocks go forward before a refresh. */
  readonly sleepSeconds: number;
  /** What the site must see of a refresh, in this order, before it sees the call. */
  readonly refresh: readonly string[];
}

export interface Waits {
  readonly name: string;
  readonly requests: number;
  /** Milliseconds of each call, sorted. */
  readonly without: readonly number[];
  readonly withRefresh: readonly number[];
}

type Browser = Awaited<ReturnType<typeof launchChromium>>;
type BrowserContext = Awaited<ReturnType<Browser['newContext']>>;
type Page = Awaited<ReturnType<BrowserContext['newPage']>>;

interface Visit {
  readonly way: Way;
  readonly site: Child<SiteOrder, SiteReport>;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly without: number[];
  readonly withRefresh: number[];
}

const accessIsOver = 301;

const ways: readonly Way[] = [
  {
    ...{ name: 'rotation by cookie', folder: 'cookie', client: { transport: 'cookie' } },
    ...{ sleepSeconds: accessIsOver, refresh: ['POST /refresh 200'] },
  },
  {
    ...{ name: 'DPoP', folder: 'dpop', client: {} },
    ...{ sleepSeconds: accessIsOver, refresh: ['POST /refresh 200'] },
  },
  {
    ...{ name: 'DBSC, challenge sent ahead', folder: 'dbsc-ahead', client: null },
    ...{ sleepSeconds: accessIsOver, refresh: ['POST /dbsc/refresh 200'] },
  },
  {
    ...{ name: 'DBSC, challenge asked for', folder: 'dbsc-asked', client: null },
    // The challenge that was sent ahead is too old by then.
    ...{ sleepSeconds: 900, refresh: ['POST /dbsc/refresh 403', 'POST /dbsc/refresh 200'] },
  },
];

const call = 'GET /api 200';
const bindingTries = 200;

/** How long a call of a page takes with a refresh before it and without, in Chromium, all ways in turns. */
export async function measureWaits(
  { rounds, warmUpRounds }: { readonly rounds: number; readonly warmUpRounds: number },
  folder: string,
  say: (line: string) => void,
): Promise<readonly Waits[]> {
  const certificate = createCertificate();
  const script = browserBundle(fileURLToPath(new URL('./page.ts', import.meta.url)));
  const browser = await launchChromium({ certificate });
  const visits: Visit[] = [];
  try {
    for (const way of ways) visits.push(await visit(way, browser, folder, certificate, script));
    for (let round = 0; round < warmUpRounds + rounds; round++) {
      for (const visited of visits) await measure(visited, round >= warmUpRounds);
      if (round % 50 === 0) say(`waits in Chromium, round ${round} of ${warmUpRounds + rounds}`);
    }
  } finally {
    await browser.close();
    await Promise.all(visits.map(({ site }) => site.stop()));
  }
  return visits.map(({ way, without, withRefresh }) => ({
    ...{ name: way.name, requests: way.refresh.length },
    without: without.toSorted((a, b) => a - b),
    withRefresh: withRefresh.toSorted((a, b) => a - b),
  }));
}

async function visit(
  way: Way,
  browser: Browser,
  parent: string,
  certificate: Certificate,
  script: string,
): Promise<Visit> {
  const folder = path.join(parent, way.folder);
  mkdirSync(folder);
  const site = new Child<SiteOrder, SiteReport>('servers/site', `the site of ${way.name}`);
  try {
    const deviceBoundSessions = way.client === null;
    const ready = await site.ask({ type: 'start', folder, certificate, script, deviceBoundSessions });
    if (ready.type !== 'ready') throw new Error(`the site of ${way.name} did not start`);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(ready.origin);
    await page.evaluate(`logIn(${JSON.stringify(way.client)})`);
    if (way.client === null) await awaitBinding(site, page);
    await site.ask({ type: 'take' });
    return { way, site, context, page, without: [], withRefresh: [] };
  } catch (error) {
    await site.stop();
    throw error;
  }
}

/** The browser registers its key beside the calls of the page, and binds the session with the next one. */
async function awaitBinding(site: Child<SiteOrder, SiteReport>, page: Page): Promise<void> {
  for (let tries = 0; tries < bindingTries; tries++) {
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 100)).then(timedCall)');
    if ((await taken(site)).includes('POST /dbsc/refresh 200')) return;
  }
  throw new Error('the browser bound no session to a key');
}

async function measure({ way, site, context, page, ...waits }: Visit, counts: boolean): Promise<void> {
  const timedCall = (): Promise<number> => page.evaluate<number>('timedCall()');
  const without = await timedCall();
  await expectRequests(way, site, [call]);
  await site.ask({ type: 'advance', seconds: way.sleepSeconds });
  await page.evaluate(`sleep(${way.sleepSeconds})`);
  // The browser's own clock did not move: its cookie would still be good.
  if (way.client === null) await context.clearCookies({ name: /^__Host-pawl-access-/ });
  const withRefresh = await timedCall();
  await expectRequests(way, site, [...way.refresh, call]);
  if (!counts) return;
  waits.without.push(without);
  waits.withRefresh.push(withRefresh);
}

async function expectRequests(
  way: Way,
  site: Child<SiteOrder, SiteReport>,
  expected: readonly string[],
): Promise<void> {
  const seen = (await taken(site)).join(', ');
  if (seen !== expected.join(', ')) throw new Error(`${way.name}: the site saw ${seen}`);
}

async function taken(site: Child<SiteOrder, SiteReport>): Promise<readonly string[]> {
  const report = await site.ask({ type: 'take' });
  if (report.type !== 'taken') throw new Error('the site did not say what it saw');
  return report.requests;
}

export function waitsTable(all: readonly Waits[]): string {
  const milliseconds = (values: readonly number[], share: number): string =>
    percentile(values, share).toFixed(1);
  return table(
    [
      ...['a call in Chromium', 'requests before it', 'no refresh, p50 ms', 'p99 ms'],
      ...['with refresh, p50 ms', 'p99 ms'],
    ],
    all.map(({ name, requests, without, withRefresh }) => [
      ...[name, String(requests), milliseconds(without, 0.5), milliseconds(without, 0.99)],
      ...[milliseconds(withRefresh, 0.5), milliseconds(withRefresh, 0.99)],
    ]),
  );
}
