import fc from 'fast-check';
import { createMemoryStore } from 'pawl/stores/memory';
import { describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/account.js';
import { type Accounts, createAccounts } from '../../src/accounts/accounts.js';
import { everyOrder, type Program, type Run, oneOrder } from './interleaving.js';

const clock = { now: () => 1_800_000_000 };
const hash = '$hash';

/** What one program says of how it ended. */
type Outcome = string | null;

interface Scenario {
  readonly name: string;
  /** Users that are there before, each with its names. */
  readonly users: readonly (readonly string[])[];
  /** What is done at the same time, on the ids of those users. */
  readonly work: readonly ((accounts: Accounts, ids: readonly string[]) => Promise<Outcome>)[];
  /** What may come out when nobody is stopped: the outcomes in order. */
  readonly allowed: readonly (readonly Outcome[])[];
}

const added = async (account: Promise<Account | null>): Promise<Outcome> =>
  (await account) === null ? 'taken' : 'added';
const add =
  (...names: string[]) =>
  (accounts: Accounts): Promise<Outcome> =>
    added(accounts.add(names, hash));
const rename =
  (user: number, from: string, to: string) =>
  (accounts: Accounts, ids: readonly string[]): Promise<Outcome> =>
    accounts.rename(ids[user] ?? '', from, to);
const remove =
  (user: number) =>
  async (accounts: Accounts, ids: readonly string[]): Promise<Outcome> =>
    (await accounts.remove(ids[user] ?? '', () => Promise.resolve())) ? 'removed' : 'missing';
const change =
  (user: number) =>
  async (accounts: Accounts, ids: readonly string[]): Promise<Outcome> =>
    (await accounts.setPassword(ids[user] ?? '', '$other')) ? 'changed' : 'missing';

const scenarios: readonly Scenario[] = [
  {
    name: 'two add one name',
    users: [],
    work: [add('x'), add('x')],
    allowed: [
      ['added', 'taken'],
      ['taken', 'added'],
    ],
  },
  {
    name: 'a name is added, and another user is renamed to it',
    users: [['a']],
    work: [add('x'), rename(0, 'a', 'x')],
    allowed: [
      ['added', 'taken'],
      ['taken', 'renamed'],
    ],
  },
  {
    name: 'two users are renamed to one name',
    users: [['a'], ['b']],
    work: [rename(0, 'a', 'x'), rename(1, 'b', 'x')],
    allowed: [
      ['renamed', 'taken'],
      ['taken', 'renamed'],
    ],
  },
  {
    name: 'one user is renamed to two names',
    users: [['a']],
    work: [rename(0, 'a', 'x'), rename(0, 'a', 'y')],
    allowed: [
      ['renamed', 'missing'],
      ['missing', 'renamed'],
    ],
  },
  {
    name: 'two users swap their names',
    users: [['a'], ['b']],
    work: [rename(0, 'a', 'b'), rename(1, 'b', 'a')],
    allowed: [['taken', 'taken']],
  },
  {
    name: 'a name is given away, and another user takes it',
    users: [['a'], ['b']],
    work: [rename(0, 'a', 'x'), rename(1, 'b', 'a')],
    allowed: [
      ['renamed', 'taken'],
      ['renamed', 'renamed'],
    ],
  },
  {
    name: 'a user is removed, and the name is added',
    users: [['a']],
    work: [remove(0), add('a')],
    allowed: [
      ['removed', 'taken'],
      ['removed', 'added'],
    ],
  },
  {
    name: 'a user is removed and renamed',
    users: [['a']],
    work: [remove(0), rename(0, 'a', 'x')],
    allowed: [
      ['removed', 'missing'],
      ['removed', 'renamed'],
    ],
  },
  {
    name: 'a user is removed twice',
    users: [['a']],
    work: [remove(0), remove(0)],
    allowed: [
      ['removed', 'missing'],
      ['missing', 'removed'],
    ],
  },
  {
    name: 'a password is set while the user is renamed',
    users: [['a']],
    work: [change(0), rename(0, 'a', 'x')],
    allowed: [['changed', 'renamed']],
  },
];

const names = ['a', 'b', 'x', 'y'];

async function begin({ users, work, allowed }: Scenario): Promise<Run> {
  const { documents } = createMemoryStore();
  const accounts = createAccounts(documents, clock);
  const ids: string[] = [];
  for (const given of users) ids.push((await accounts.add(given, hash))?.id ?? '');
  const outcomes: Outcome[] = work.map(() => null);
  const programs = work.map(
    (act, index): Program =>
      async (gated) => {
        outcomes[index] = await act(createAccounts(gated, clock), ids);
      },
  );
  return {
    documents,
    programs,
    async check(killed, schedule) {
      const found: Account[] = [];
      for await (const account of accounts.list()) found.push(account);
      const listed = found.flatMap(({ id, identifiers }) => identifiers.map((name) => [name, id] as const));
      expect(new Set(listed.map(([name]) => name)).size, `two accounts have a name: ${schedule}`).toBe(
        listed.length,
      );
      for (const [name, id] of listed) expect(await accounts.idOf(name), `${name}: ${schedule}`).toBe(id);
      if (killed === null) expect(allowed, schedule).toContainEqual(outcomes);
      for (const name of names) {
        const isFree = (await accounts.find(name)) === null;
        if (isFree)
          expect(await accounts.add([name], hash), `${name} is blocked: ${schedule}`).not.toBeNull();
      }
    },
  };
}

describe('every order of the steps of two commands, and an end after each', () => {
  test.each(scenarios)('$name', async (scenario) => {
    const runs = await everyOrder(() => begin(scenario));
    console.log(`${scenario.name}: ${String(runs)} runs`);
    expect(runs).toBeGreaterThan(20);
  });
});

const seed = Number(process.env['PAWL_TEST_SEED'] ?? Date.now() % 2 ** 31);
console.log(`seed of the orders: ${String(seed)}`);

test('of four that add or take one name at once, in orders that are drawn, exactly one gets it', async () => {
  const work = [add('x'), add('x'), rename(0, 'a', 'x'), rename(1, 'b', 'x')];
  const wins = ['added', 'added', 'renamed', 'renamed'];
  const allowed = wins.map((win, index) => work.map((_, other) => (other === index ? win : 'taken')));
  await drawnOrders({ name: 'four', users: [['a'], ['b']], work, allowed });
});

test('a password that is set at the same time is not lost, and takes no name away', async () => {
  const work = [change(0), rename(0, 'a', 'x'), add('x')];
  const allowed = [
    ['changed', 'renamed', 'taken'],
    ['changed', 'taken', 'added'],
  ];
  await drawnOrders({ name: 'three', users: [['a']], work, allowed });
});

async function drawnOrders(scenario: Scenario): Promise<void> {
  const draws = fc.array(fc.nat({ max: 11 }), { minLength: 80, maxLength: 80 });
  await fc.assert(
    fc.asyncProperty(draws, (drawn) => oneOrder(() => begin(scenario), drawn)),
    { seed, numRuns: 3000 },
  );
}

test('a record of a version in which accounts had no ids is told as such', async () => {
  const { documents } = createMemoryStore();
  const old = { passwordHash: '$hash', disabled: false, createdAt: 1, passwordChangedAt: 1 };
  await documents.write('accounts', 'alice', 0, JSON.stringify(old));
  const emptiness = createAccounts(documents, clock).isEmpty();
  await expect(emptiness).rejects.toMatchObject({
    code: 'store_incompatible',
    message: expect.stringContaining('accounts had no ids') as string,
  });
});
