import { expect, test } from 'vitest';
import type { RunningServer } from '../../packages/server/test/server-process.js';
import { from, password, startAbused } from './abused-server.js';
import { createCaller, jsonTo, repeat } from './caller.js';
import { startHonestUser } from './honest-user.js';
import { expectFewEvents, expectQuiet } from './log-lines.js';

const connections = 50;
const users = ['alice', 'bob'] as const;
const home = { alice: '198.51.100.1', bob: '198.51.100.2' } as const;

/** Of a login with the right password, from where the user lives. */
async function statusOfLogin({ address }: RunningServer, user: keyof typeof home): Promise<number> {
  const own = createCaller(address, 1);
  const { status } = await own.send(jsonTo('/login', { username: user, password }, from(home[user])));
  own.close();
  return status;
}

interface Guessing {
  readonly by: string;
  readonly attempts: number;
  readonly username: (index: number) => string;
  readonly address: (index: number) => string;
  /** So many may be tried; far above what is free and what delays let through in minutes, far below the attempts. */
  readonly mostTried: number;
}

const guessing: readonly Guessing[] = [
  {
    by: 'one address, of one account',
    attempts: 300,
    username: () => 'alice',
    address: () => '203.0.113.1',
    mostTried: 20,
  },
  {
    by: 'one address, of many accounts',
    attempts: 300,
    username: (index) => [...users, `nobody-${index}`][index % 3] ?? '',
    address: () => '203.0.113.2',
    mostTried: 80,
  },
  {
    by: 'many addresses, of one account',
    attempts: 500,
    username: () => 'bob',
    address: (index) => `192.0.2.${index % 250}`,
    mostTried: 200,
  },
];

/** Guesses, while everybody logs in from where they live, who is attacked too. Resolves to the status of each. */
async function guess(
  server: RunningServer,
  attack: Guessing,
): Promise<{ readonly guesses: readonly number[]; readonly others: readonly number[] }> {
  const caller = createCaller(server.address, connections);
  const guesses: number[] = [];
  const flood = repeat(attack.attempts, connections, async (index) => {
    const body = { username: attack.username(index), password: `guess ${index} of many` };
    const sent = jsonTo('/login', body, from(attack.address(index)));
    guesses.push((await caller.send(sent)).status);
  });
  const others: number[] = [];
  for (const user of [...users, ...users]) others.push(await statusOfLogin(server, user));
  await flood;
  caller.close();
  return { guesses, others };
}

test('of many guessed passwords few are tried, and nobody else is held up or logged out', async () => {
  const { server, events } = await startAbused('sqlite', users);
  const honest = startHonestUser(server, await server.login('alice', password));
  for (const user of users) expect(await statusOfLogin(server, user)).toBe(200);
  const logBefore = server.output.stderr.length;
  for (const attack of guessing) {
    const { guesses, others } = await guess(server, attack);
    expect(new Set(guesses), attack.by).toEqual(new Set([401, 429]));
    const tried = guesses.filter((status) => status === 401).length;
    expect(tried, attack.by).toBeLessThanOrEqual(attack.mostTried);
    expect(new Set(others), attack.by).toEqual(new Set([200]));
  }
  const { refreshes, call, listed } = await honest.stop();
  expect(new Set(refreshes)).toEqual(new Set([200]));
  expect({ call, listed }).toEqual({ call: 200, listed: true });
  expectQuiet(server.output.stderr.slice(logBefore));
  expectFewEvents(await events());
  expect(await server.stop()).toBe(0);
});
