import type { Page } from 'playwright-core';
import type { AttackedBrowser } from './attacked-browser.js';
import type { Exchange, Held } from './attacked-site.js';
import { leads } from './foreign-site.js';

/** What one round of an attack is about. */
export interface Round {
  /** One address, path and query. Over the rounds of all attacks it is each one of the server. */
  readonly address: string;
  /** A page of the server's. */
  readonly page: string;
  /** All of them. */
  readonly addresses: readonly string[];
  /** Done while the attacker's request is under way, in some rounds: the owner goes on working. */
  readonly meanwhile: () => Promise<void>;
  /** The owner goes on, until what the attacker's request holds is retired. */
  readonly goOn: () => Promise<void>;
}

export interface Attack {
  readonly name: string;
  /** Whether a page that loads itself is to come, so that a session that needs it is attacked. */
  readonly needsLoadAgain?: boolean;
  readonly run: (browser: AttackedBrowser, round: Round) => Promise<void>;
}

const fields = [
  ['username', 'mallory'],
  ['password', 'correct'],
  ['remember', 'yes'],
  ['transport', 'cookie'],
] as const;

/** A form that is sent as text and reads as JSON. */
const json = [['{"username":"mallory","password":"correct","transport":"cookie","x":"', '"}']] as const;

/** Calls one of the functions of the foreign page. */
async function attack(page: Page, call: string, ...given: readonly unknown[]): Promise<void> {
  await page.evaluate(`void attacks.${call}(...${JSON.stringify(given)})`);
}

const begin = (page: Page, address: string): Promise<unknown> =>
  page.evaluate(`void (location.href = ${JSON.stringify(address)})`);

/** Waits for a load of an address, and for those that it leads to by itself. */
async function loaded({ site, seen }: AttackedBrowser, address: string, after: number): Promise<void> {
  let exchange = await seen(address, (one) => one.address === address, after);
  for (let at = after; exchange.loadsAgain || exchange.status === 303; ) {
    at = site.exchanges.indexOf(exchange) + 1;
    const { path, location } = exchange;
    const fits = (one: Exchange): boolean =>
      location === null ? isMarked(one, path) : one.address === location;
    exchange = await seen(`what follows ${path}`, fits, at);
  }
}

const isMarked = ({ address, path }: Exchange, of: string): boolean =>
  path === of && address.includes('load=');

/** Holds the next request for an address, at a moment that is drawn. */
function hold({ site, random }: AttackedBrowser, fits: (exchange: Exchange) => boolean): Held {
  return site.hold(random.pick(['before', 'after']), fits);
}

const openWindow = (page: Page, address: string): Promise<unknown> =>
  page.evaluate(`globalThis.opened = open(${JSON.stringify(address)}, 'w'), 0`);

const navigation: Attack = {
  name: 'a navigation',
  async run(browser, { address }) {
    const page = await browser.attacker();
    const after = browser.site.exchanges.length;
    await begin(page, browser.site.origin + address);
    await loaded(browser, address, after);
  },
};

const stopped: Attack = {
  name: 'a navigation that is stopped before its answer',
  async run(browser, { address, meanwhile }) {
    const page = await browser.attacker();
    const held = hold(browser, (one) => one.address === address);
    const stop = browser.random.pick(['stop()', `location.href = 'about:blank'`]);
    // Playwright runs nothing in a page that is about to go elsewhere.
    await page.evaluate(`void fetch('/go').then(() => { ${stop} })`);
    await begin(page, browser.site.origin + address);
    await held.arrived;
    await meanwhile();
    browser.foreign.go();
    await held.abandoned;
    held.release();
  },
};

const windowClosed: Attack = {
  name: 'a window that is opened and closed',
  async run(browser, { address, meanwhile }) {
    const page = await browser.attacker();
    const url = JSON.stringify(browser.site.origin + address);
    if (browser.random.below(3) === 0) {
      await page.evaluate(`open(${url}).close()`);
      await meanwhile();
      return;
    }
    const held = hold(browser, (one) => one.address === address);
    await openWindow(page, browser.site.origin + address);
    await held.arrived;
    await meanwhile();
    await page.evaluate('opened.close()');
    await held.abandoned;
    held.release();
  },
};

const selfLoadStopped: Attack = {
  name: 'a page that loads itself again, stopped by its opener',
  needsLoadAgain: true,
  async run(browser, { page: address, meanwhile }) {
    const page = await browser.attacker();
    const [path = ''] = address.split('?');
    const held = hold(browser, (one) => isMarked(one, path) && one.site === 'same-origin');
    await openWindow(page, browser.site.origin + path);
    await held.arrived;
    await meanwhile();
    const elsewhere = JSON.stringify(browser.foreign.origin('evil.localhost'));
    const away = browser.random.pick([
      'opened.close()',
      `void (opened.location = ${elsewhere})`,
      `open(${elsewhere}, 'w'), 0`,
    ]);
    await page.evaluate(away);
    // The account pages are out of its reach (COOP).
    if (path === '/popup') await held.abandoned;
    held.release();
  },
};

const late: Attack = {
  name: 'a navigation that arrives after its owner has gone on',
  needsLoadAgain: true,
  async run(browser, { page: address, goOn }) {
    const page = await browser.attacker();
    const held = browser.site.hold('before', (one) => one.address === address);
    const after = browser.site.exchanges.length;
    await begin(page, browser.site.origin + address);
    await held.arrived;
    await goOn();
    held.release();
    await loaded(browser, address, after);
  },
};

type OnAll = (page: Page, urls: readonly string[], browser: AttackedBrowser) => Promise<void>;

/** An attack on several addresses at once, which is over when the server has seen each with each of these methods. */
const allOf = (name: string, methods: readonly string[], run: OnAll): Attack => ({
  name,
  async run(browser, { addresses }) {
    const page = await browser.lastingAttacker();
    const after = browser.site.exchanges.length;
    const urls = addresses.map((address) => browser.site.origin + address);
    await run(page, urls, browser);
    for (const address of addresses)
      for (const method of methods)
        await browser.seen(
          `${method} ${address}`,
          (one) => one.address === address && one.method === method,
          after,
        );
  },
});

const formInWindow: Attack = {
  name: 'a form in a new window',
  async run(browser, { address, meanwhile }) {
    const page = await browser.attacker();
    const [given, encoding] = browser.random.pick([
      [fields, 'application/x-www-form-urlencoded'],
      [json, 'text/plain'],
    ] as const);
    const held = hold(browser, (one) => one.address === address);
    const target = browser.random.pick(['_blank', 'w']);
    const form = [browser.site.origin + address, given, encoding, target];
    await page.evaluate(`attacks.form(...${JSON.stringify(form)}).submit()`);
    await held.arrived;
    await meanwhile();
    held.release();
    await browser.site.whenIdle();
  },
};

const history: Attack = {
  name: 'history, back and forward over a page',
  async run(browser, { page: address }) {
    const page = await browser.attacker();
    const { site } = browser;
    const after = site.exchanges.length;
    await begin(page, site.origin + address);
    await loaded(browser, address, after);
    const isThere = (url: URL): boolean => url.origin === site.origin;
    for (const isFirst of [true, false, false]) {
      if (!isFirst) {
        await page.evaluate('setTimeout(() => history.back())');
        await page.waitForURL((url) => !isThere(url));
        await page.evaluate('void setTimeout(() => history.forward())');
      }
      await page.waitForURL(isThere);
      await page.locator('meta[http-equiv=refresh]').waitFor({ state: 'detached' });
      await page.waitForLoadState();
    }
  },
};

const ledOn: Attack = {
  name: 'a redirect of the foreign site',
  async run(browser, { address, page: pageAddress }) {
    const { random, foreign, site, application } = browser;
    const lead = random.pick(leads);
    const to = random.pick([address, pageAddress]);
    const from = foreign.origin(random.pick(['evil.localhost', 'auth.localhost']));
    const url = `${from}${lead}?${encodeURIComponent(site.origin + to)}`;
    const after = site.exchanges.length;
    // Also a link of the owner's own page leads there, and a form of the attacker's.
    switch (random.below(3)) {
      case 0:
        await begin(await browser.attacker(), url);
        break;
      case 1:
        await application.evaluate(`open(${JSON.stringify(url)}), 0`);
        break;
      default: {
        const form = JSON.stringify([url, fields, 'application/x-www-form-urlencoded', '_self']);
        await (await browser.attacker()).evaluate(`attacks.form(...${form}).submit()`);
      }
    }
    await browser.seen(to, (one) => one.address === to, after);
  },
};

/** What a foreign site can have a browser do to the server. */
export const attacks: readonly Attack[] = [
  navigation,
  stopped,
  windowClosed,
  selfLoadStopped,
  late,
  allOf('frames', ['GET'], (page, urls) => attack(page, 'frames', urls)),
  allOf('images, scripts and style sheets', ['GET'], (page, urls) => attack(page, 'elements', urls)),
  allOf('calls and beacons with credentials', ['GET', 'POST'], (page, urls) =>
    attack(page, 'fetches', urls, [
      new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])).toString(),
      json.flat().join(''),
    ]),
  ),
  formInWindow,
  allOf('forms in frames', ['POST'], async (_, urls, browser) => {
    const isText = browser.random.below(2) === 0;
    await attack(
      // Names of frames are taken once.
      await browser.attacker(),
      'forms',
      urls,
      isText ? json : fields,
      isText ? 'text/plain' : 'application/x-www-form-urlencoded',
    );
  }),
  allOf('prefetches, and rules that ask for them', ['GET'], async (page, urls) => {
    await attack(page, 'speculations', urls);
    await attack(page, 'prefetches', urls);
  }),
  allOf('HEAD, DELETE and questions whether they are allowed', ['HEAD', 'OPTIONS'], (page, urls) =>
    attack(page, 'rareMethods', urls),
  ),
  history,
  ledOn,
  allOf('sockets and streams', ['GET'], (page, urls) => attack(page, 'sockets', urls)),
];
