import { describe, expect, test } from 'vitest';
import type { RunningServer } from '../../packages/server/test/server-process.js';
import { from, password, startAbused } from './abused-server.js';
import { breakOff, formBeginnings } from './broken-off.js';
import { createCaller, jsonTo, repeat, type Sent } from './caller.js';
import { expectFewEvents, expectQuiet } from './log-lines.js';

const connections = 400;
const rounds = 8;
const honest = ['alice', 'bob'] as const;

interface Flood {
  readonly by: string;
  readonly login: (index: number) => Sent;
  /** What may be answered, and what has to be. */
  readonly statuses: readonly number[];
}

const login = (username: string, typed: string, address: string): Sent =>
  jsonTo('/login', { username, password: typed }, from(address));

const ofOneAccount = (index: number): Sent => login('mallory', password, `192.0.2.${index % 250}`);
const ofManyNames = (index: number): Sent => login(`nobody-${index}`, 'a wrong password', '203.0.113.2');

const floods: readonly Flood[] = [
  {
    by: 'one account that logs in, from one address',
    login: () => login('mallory', password, '203.0.113.1'),
    statuses: [200, 429],
  },
  { by: 'one account that logs in, from many addresses', login: ofOneAccount, statuses: [200, 429] },
  { by: 'one address that tries many names', login: ofManyNames, statuses: [401, 429] },
  {
    by: 'both at once',
    login: (index) => (index % 2 === 0 ? ofOneAccount(index) : ofManyNames(index)),
    statuses: [200, 401, 429],
  },
];

/** Keeps the connections busy until it is stopped. Resolves to how often each status came. */
function startFlood(server: RunningServer, next: Flood['login']): () => Promise<Map<number, number>> {
  const caller = createCaller(server.address, connections);
  const counts = new Map<number, number>();
  let isStopped = false;
  let index = 0;
  const workers = repeat(connections, connections, async () => {
    while (!isStopped) {
      index += 1;
      const { status } = await caller.send(next(index));
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
  });
  return async () => {
    isStopped = true;
    await workers;
    caller.close();
    return counts;
  };
}

/** The status of a login from where the user lives. */
async function statusOfLogin({ address }: RunningServer, user: string, at: string): Promise<number> {
  const own = createCaller(address, 1);
  const { status } = await own.send(login(user, password, at));
  own.close();
  return status;
}

/** The log from the line on that says that the server listens. */
function logOf({ output }: RunningServer): string {
  return output.stderr.replace(/^[^]*"listening on .*\n/, '');
}

describe('a server that is flooded with logins', () => {
  test.each(floods)('of $by lets everybody else log in, at once and each time', async ({
    login: next,
    statuses,
  }) => {
    const { server, events } = await startAbused('sqlite', ['mallory', ...honest]);
    const stop = startFlood(server, next);
    const answers: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, user] of honest.entries()) {
        // Known from the first round on, and in each round a place that nobody knows.
        answers.push(await statusOfLogin(server, user, `198.51.100.${index}`));
        answers.push(await statusOfLogin(server, user, `198.51.100.${10 * (round + 1) + index}`));
      }
    }
    const counts = await stop();
    expect(answers).toEqual(Array.from({ length: rounds * honest.length * 2 }, () => 200));
    expect([...counts.keys()].sort()).toEqual(statuses);
    expectQuiet(logOf(server));
    expectFewEvents(await events());
    expect(await server.stop()).toBe(0);
  });
});

test('one account that logs in all the time holds back nobody at its own address', async () => {
  const { server } = await startAbused('sqlite', ['mallory', ...honest]);
  const address = '203.0.113.1';
  const stop = startFlood(server, () => login('mallory', password, address));
  const answers: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const user of honest) answers.push(await statusOfLogin(server, user, address));
  }
  const counts = await stop();
  expect(answers).toEqual(Array.from({ length: rounds * honest.length }, () => 200));
  expect([...counts.keys()].sort()).toEqual([200, 429]);
  expect(await server.stop()).toBe(0);
});

test('of thousands of logins with one account few are written down, and those from elsewhere are', async () => {
  const { server, events } = await startAbused('sqlite', ['mallory'], {
    PAWL_MAX_SESSIONS_PER_SUBJECT: '5',
  });
  const stop = startFlood(server, () => login('mallory', password, '203.0.113.1'));
  // The flood has to be held back before it says anything.
  while ((await statusOfLogin(server, 'mallory', '203.0.113.1')) !== 429);
  expect(await statusOfLogin(server, 'mallory', '198.51.100.7')).toBe(200);
  const counts = await stop();
  expect(counts.get(200)).toBeGreaterThan(60);
  const printed = await events();
  expectFewEvents(printed);
  const loggedIn = printed.split('\n').filter((line) => line.includes('"session.created"'));
  expect(loggedIn.filter((line) => line.includes('"198.51.100.7"'))).toHaveLength(1);
  expectQuiet(logOf(server));
  expect(server.output.stderr).toContain('more of these follow');
  expect(await server.stop()).toBe(0);
});

test('thousands of forms that are broken off are no errors and no lines in the log', async () => {
  const { server } = await startAbused('sqlite', []);
  await breakOff(server.address, 2_000, 50, formBeginnings);
  expect((await fetch(`${server.address}/readyz`)).status).toBe(200);
  expect(logOf(server)).toBe('');
  expect(await server.stop()).toBe(0);
});
