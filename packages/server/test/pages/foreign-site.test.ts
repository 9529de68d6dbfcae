import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSeededRandom } from 'pawl/testing';
import { sharedBrowser } from '../../../../testbed/src/vitest/shared-browser.js';
import { type AttackedBrowser, openAttackedBrowser, type Standing } from './attacked-browser.js';
import type { Exchange } from './attacked-site.js';
import { attacks, type Attack } from './foreign-attacks.js';

const { browser, certificate } = await sharedBrowser();

// Another seed each time; a failing one is repeated with PAWL_TEST_SEED.
const seed = Number(process.env['PAWL_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`PAWL_TEST_SEED=${seed}`);
const random = createSeededRandom(seed);

const rounds = 10;
/** In all rounds of an attack they are all addresses. */
const addressesAtOnce = 8;
/** Longer than the window of the policy. */
const pastWindowSeconds = 11;
const hourSeconds = 3600;

const alarms: ReadonlySet<string> = new Set([
  'session.reused',
  'session.forged',
  'session.wrong-key',
  'session.revoked',
  'subject.revoked',
]);

let opened: AttackedBrowser;
/** Every operation of the server, and those that came from a foreign page, as method and path. */
let described: readonly string[];
const tried = new Set<string>();

beforeEach(async () => {
  opened = await openAttackedBrowser(browser, certificate, random);
  const operations = await opened.site.operations();
  // A browser asks before it sends DELETE from another origin, and is told no.
  described = operations.map(({ method, path }) => `${method === 'DELETE' ? 'OPTIONS' : method} ${path}`);
  deck.paths = [...new Set(operations.map(({ path }) => path))];
});

afterEach(async () => {
  for (const { method, path, site } of opened.site.exchanges)
    if (site === 'cross-site' || site === 'same-site')
      tried.add(`${method} ${path.replace(opened.sessionId, '{id}')}`);
  await opened.close();
});

/** Deals every address before it deals one again. Each is dealt with a number of its own, so that no cache knows it. */
class Deck {
  paths: readonly string[] = [];
  #left: string[] = [];
  #dealt = 0;

  deal(): string {
    if (this.#left.length === 0) this.#left = [...this.paths];
    const [address = '/'] = this.#left.splice(random.below(this.#left.length), 1);
    this.#dealt += 1;
    return `${address.replace('{id}', opened.sessionId)}?n=${this.#dealt}`;
  }

  dealSome(): readonly string[] {
    return Array.from({ length: addressesAtOnce }, () => this.deal());
  }
}

const deck = new Deck();

/** How the owner's session stands when it is attacked. */
const states = {
  fresh: async () => undefined,
  'without an access cookie': async ({ site }: AttackedBrowser) => {
    await clearAccessCookie();
    // Inside the window the owner would be given no other one.
    site.clock.advance(pastWindowSeconds);
  },
  'not refreshed for an hour': async ({ site }: AttackedBrowser) => {
    if (random.below(2) === 0) await clearAccessCookie();
    site.clock.advance(hourSeconds);
  },
  'whose last answer was lost': async ({ site, standing }: AttackedBrowser) => {
    const { refreshCookie } = await standing();
    site.clock.advance(pastWindowSeconds);
    const { outcome } = await site.authority.refresh({ refreshToken: refreshCookie, transport: 'cookie' });
    expect(outcome).toBe('rotated');
    await clearAccessCookie();
    site.clock.advance(pastWindowSeconds);
  },
} as const;

type State = keyof typeof states;
const everyState = Object.keys(states) as State[];
const unproven = everyState.slice(2);

const clearAccessCookie = (): Promise<void> =>
  opened.context.clearCookies({ name: opened.site.names.access });

/** The owner works: all that counts is that nobody has logged them out. */
async function work(label: string): Promise<void> {
  const { call, account, site } = opened;
  expect(await call('POST', '/refresh'), label).toBe(200);
  for (const path of ['/userinfo', '/sessions']) expect(await call('GET', path), label).toBe(200);
  if (random.below(3) > 0) return;
  await account.goto(`${site.origin}/account`);
  expect(await account.locator('.badge.here').count(), label).toBe(1);
}

/** A load that a page of the server's own has the browser make. */
function isOwnLoad({ method, site, address, destination }: Exchange): boolean {
  return (
    method === 'GET' && site === 'same-origin' && destination === 'document' && address.includes('load=')
  );
}

/** A refresh by the owner's application, in the middle of an attack. */
function isOwnCall({ method, site, path }: Exchange): boolean {
  return method === 'POST' && site === 'same-origin' && path === '/refresh';
}

async function judge(before: Standing, label: string): Promise<void> {
  const { site, standing } = opened;
  await site.whenIdle();
  const after = await standing();
  const exchanges = site.exchanges.slice(before.exchanges);
  expect(
    exchanges.filter((one) => one.setCookies.length > 0 && !isOwnLoad(one) && !isOwnCall(one)),
    label,
  ).toEqual([]);
  if (!exchanges.some(isOwnLoad)) {
    expect(after.refreshCookie, label).toBe(before.refreshCookie);
    expect(after.rotation, label).toEqual(before.rotation);
  }
  expect(
    site.events.filter(({ type }) => alarms.has(type)),
    label,
  ).toEqual([]);
}

async function playRound(attack: Attack, round: number): Promise<void> {
  const { site, call, standing } = opened;
  const state = random.pick(attack.needsLoadAgain === true ? unproven : everyState);
  const page = random.pick([
    '/popup',
    '/account',
    `/account/sessions/${opened.sessionId}`,
    `/popup?load=${site.authority.loadMark()}`,
    `/account?load=${site.authority.loadMark()}`,
  ]);
  // Most addresses have nothing to do with a session that needs a refresh, and the pages have.
  const address = round % 2 === 0 ? page : deck.deal();
  const label = `seed ${seed}, ${attack.name}, round ${round}, a session ${state}, ${address}, ${page}`;
  site.clock.advance(pastWindowSeconds);
  expect(await call('POST', '/refresh'), label).toBe(200);
  await states[state](opened);
  let before = await standing();
  const meanwhile = async (): Promise<void> => {
    if (random.below(2) === 0) return;
    const { exchanges } = before;
    expect(await call('POST', '/refresh'), label).toBe(200);
    before = { ...(await standing()), exchanges };
  };
  const goOn = async (): Promise<void> => {
    const { exchanges } = before;
    for (let times = 0; times < 2; times += 1) {
      site.clock.advance(pastWindowSeconds);
      expect(await call('POST', '/refresh'), label).toBe(200);
    }
    site.clock.advance(pastWindowSeconds);
    before = { ...(await standing()), exchanges };
  };
  await attack.run(opened, { address, page, addresses: [...deck.dealSome(), page], meanwhile, goOn });
  await judge(before, label);
  await work(label);
}

describe(`a foreign site, seed ${seed}`, () => {
  test.each(attacks)('redeems nothing, touches no cookie and logs nobody out by $name', async (attack) => {
    for (let round = 0; round < rounds; round += 1)
      await playRound(attack, round).finally(() => opened.site.releaseAll());
  });

  test('was tried on every address of the server, with every method that it can make a browser send', () => {
    expect(described.length).toBeGreaterThan(30);
    expect(described.filter((one) => !tried.has(one))).toEqual([]);
  });
});
