import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSeededRandom, type SeededRandom } from 'pawl/testing';
import { sharedBrowser } from '../../../../testbed/src/vitest/shared-browser.js';
import { type AttackedBrowser, openAttackedBrowser, type Standing } from './attacked-browser.js';
import type { Exchange, Operation } from './attacked-site.js';
import { attacks, type Attack } from './foreign-attacks.js';

const { browser, certificate } = await sharedBrowser();

// Another seed each time; a failing one is repeated with PAWL_TEST_SEED.
const seed = Number(process.env['PAWL_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`PAWL_TEST_SEED=${seed}`);

const rounds = 10;
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
let operations: readonly Operation[];
let deck: Deck;

beforeAll(async () => {
  opened = await openAttackedBrowser(browser, certificate, createSeededRandom(seed));
  operations = await opened.site.operations();
  deck = new Deck(addressesOf(operations), opened.random);
});

afterAll(() => opened.close());

/** Every address of the server once, with the owner's session where one is named. */
function addressesOf(described: readonly Operation[]): readonly string[] {
  return [...new Set(described.map(({ path }) => path.replace('{id}', opened.sessionId)))];
}

/** Deals every address before it deals one again. */
class Deck {
  readonly all: readonly string[];
  readonly #random: SeededRandom;
  #left: string[] = [];

  constructor(all: readonly string[], random: SeededRandom) {
    this.all = all;
    this.#random = random;
  }

  next(): string {
    if (this.#left.length === 0) this.#left = [...this.all];
    const [address = '/'] = this.#left.splice(this.#random.below(this.#left.length), 1);
    return address;
  }
}

/** How the owner's session stands when it is attacked. */
const states = {
  fresh: async () => undefined,
  'without an access cookie': async ({ site }: AttackedBrowser) => {
    await clearAccessCookie();
    // Inside the window the owner would be given no other one.
    site.clock.advance(pastWindowSeconds);
  },
  'not refreshed for an hour': async ({ site, random }: AttackedBrowser) => {
    if (random.below(2) === 0) await clearAccessCookie();
    site.clock.advance(hourSeconds);
  },
  'whose last answer was lost': async ({ site, standing }: AttackedBrowser) => {
    const { refreshCookie } = await standing();
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
  const { call, account, site, random } = opened;
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

async function judge(before: Standing, label: string): Promise<void> {
  const { site, standing } = opened;
  await site.whenIdle();
  const after = await standing();
  const exchanges = site.exchanges.slice(before.exchanges);
  expect(
    exchanges.filter((one) => one.setCookies.length > 0 && !isOwnLoad(one)),
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
  const { random, site, call, standing } = opened;
  const state = random.pick(attack.needsLoadAgain === true ? unproven : everyState);
  const address = deck.next();
  const page = random.pick([
    '/popup',
    '/account',
    `/account/sessions/${opened.sessionId}`,
    `/popup?load=${site.authority.loadMark()}`,
    `/account?load=${site.authority.loadMark()}`,
  ]);
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
  await attack.run(opened, { address, page, addresses: [...deck.all, page], meanwhile });
  await judge(before, label);
  await opened.closeOthers();
  await work(label);
}

describe(`a foreign site, seed ${seed}`, () => {
  test.each(attacks)('redeems nothing, touches no cookie and logs nobody out by $name', async (attack) => {
    for (let round = 0; round < rounds; round += 1) await playRound(attack, round);
  });

  test('was tried on every address of the server, with every method that it can make a browser send', () => {
    const tried = new Set(
      opened.site.exchanges
        .filter(({ site }) => site === 'cross-site' || site === 'same-site')
        .map(({ method, path }) => `${method} ${path}`),
    );
    const expected = operations.map(({ method, path }) => {
      // A browser asks before it sends this one, and is told no.
      const sent = method === 'DELETE' ? 'OPTIONS' : method;
      return `${sent} ${path.replace('{id}', opened.sessionId)}`;
    });
    expect(expected.length).toBeGreaterThan(30);
    expect(expected.filter((one) => !tried.has(one))).toEqual([]);
  });
});
