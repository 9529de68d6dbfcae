import { expect, test } from 'vitest';
import type { RunningServer } from '../../packages/server/test/server-process.js';
import { from, password, startAbused } from './abused-server.js';
import { createCaller, jsonTo, repeat } from './caller.js';
import { startHonestUser } from './honest-user.js';
import { expectFewEvents, expectQuiet } from './log-lines.js';

const connections = 50;
const users = ['alice', 'bob', 'carol'] as const;
const home = { alice: '198.51.100.1', bob: '198.51.100.2', carol: '198.51.100.3' } as const;

async function statusOfLogin(
  { address }: RunningServer,
  username: string,
  body: { readonly password: string },
  caller: string,
): Promise<number> {
  const own = createCaller(address, 1);
  const { status } = await own.send(jsonTo('/login', { username, ...body }, from(caller)));
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

const attacker = '203.0.113.1';
const guessing: readonly Guessing[] = [
  {
    by: 'one address, of one account',
    attempts: 300,
    username: () => 'alice',
    address: () => attacker,
    mostTried: 20,
  },
  {
    by: 'one address, of many accounts',
    attempts: 300,
    username: (index) => [...users, `nobody-${index}`][index % 4] ?? '',
    address: () => attacker,
    mostTried: 80,
  },
  {
    by: 'many addresses, of one account',
    attempts: 500,
    username: () => 'alice',
    address: (index) => `203.0.113.${index % 250}`,
    mostTried: 200,
  },
];

test.each(guessing)('passwords guessed by $by: few are tried, and nobody else is held up', async (attack) => {
  const { server, events } = await startAbused('sqlite', users);
  const atHome = await server.post('/login', { username: 'alice', password }, from(home.alice));
  const honest = startHonestUser(
    server,
    (await atHome.json()) as Awaited<ReturnType<RunningServer['login']>>,
  );
  const logBefore = server.output.stderr.length;

  const caller = createCaller(server.address, connections);
  const statuses: number[] = [];
  const flood = repeat(attack.attempts, connections, async (index) => {
    const body = { username: attack.username(index), password: `guess ${index} of many` };
    const sent = jsonTo('/login', body, from(attack.address(index)));
    statuses.push((await caller.send(sent)).status);
  });
  // While it goes on, everybody logs in where they live, the one who is attacked too.
  const others: number[] = [];
  for (const user of [...users, ...users]) {
    others.push(await statusOfLogin(server, user, { password }, home[user]));
  }
  await flood;
  caller.close();
  const { refreshes, call, listed } = await honest.stop();

  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(attack.mostTried);
  expect(new Set(others)).toEqual(new Set([200]));
  expect(new Set(refreshes)).toEqual(new Set([200]));
  expect({ call, listed }).toEqual({ call: 200, listed: true });
  expectQuiet(server.output.stderr.slice(logBefore));
  expectFewEvents(await events());
  expect(await server.stop()).toBe(0);
});
