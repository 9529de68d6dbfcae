import { describe, expect, test } from 'vitest';
import type { LoggedIn } from '../../packages/server/test/server-process.js';
import { from, password, startAbused, type StoreName } from './abused-server.js';
import { type Answer, type Caller, createCaller, jsonTo, repeat } from './caller.js';
import { startHonestUser } from './honest-user.js';

const connections = 50;
const maxSessions = 60;
const operations: Readonly<Record<StoreName, number>> = { sqlite: 3_000, redis: 1_500, postgres: 1_500 };
const loginsBeyond = 20;

/** One of the account's devices, which does whatever it may, again and again. */
class Device {
  readonly #caller: Caller;
  readonly #statuses: Set<string>;
  readonly #address: string;
  #tokens: LoggedIn | null = null;

  /** @param number - each has an address of its own, below 256: logins from one are limited */
  constructor(caller: Caller, statuses: Set<string>, number: number) {
    this.#caller = caller;
    this.#statuses = statuses;
    this.#address = `203.0.113.${number}`;
  }

  async login(): Promise<void> {
    const sent = jsonTo('/login', { username: 'mallory', password }, from(this.#address));
    this.#tokens = JSON.parse((await this.#told('/login', this.#caller.send(sent))).body) as LoggedIn;
  }

  async refresh(): Promise<void> {
    const { refresh_token } = this.#held();
    const answer = await this.#told('/refresh', this.#caller.send(jsonTo('/refresh', { refresh_token })));
    this.#tokens = { ...this.#held(), ...(JSON.parse(answer.body) as Partial<LoggedIn>) };
  }

  async logout(): Promise<void> {
    const { refresh_token } = this.#held();
    await this.#told('/logout', this.#caller.send(jsonTo('/logout', { refresh_token })));
  }

  /** How many sessions the account has; null when this one was ended by a later login. */
  async sessions(): Promise<number | null> {
    const headers = { authorization: `Bearer ${this.#held().access_token}` };
    const answer = await this.#caller.send({ path: '/sessions', headers });
    if (answer.status === 401) return null;
    expect(answer.status).toBe(200);
    return (JSON.parse(answer.body) as { readonly sessions: readonly unknown[] }).sessions.length;
  }

  #held(): LoggedIn {
    if (this.#tokens === null) throw new Error('this device is not logged in');
    return this.#tokens;
  }

  async #told(path: string, answering: Promise<Answer>): Promise<Answer> {
    const answer = await answering;
    this.#statuses.add(`${path} ${answer.status}`);
    return answer;
  }
}

describe.each(Object.keys(operations) as StoreName[])('one account at a server over %s', (name) => {
  test('that does everything thousands of times logs nobody out and keeps to its number of sessions', async () => {
    const { server } = await startAbused(name, ['alice', 'bob', 'mallory'], {
      PAWL_MAX_SESSIONS_PER_SUBJECT: String(maxSessions),
    });
    const honest = [];
    for (const user of ['alice', 'bob'])
      honest.push(startHonestUser(server, await server.login(user, password)));

    const caller = createCaller(server.address, connections);
    const statuses = new Set<string>();
    const devices = Array.from({ length: connections }, (_, index) => new Device(caller, statuses, index));
    await Promise.all(devices.map((device) => device.login()));
    // Each device is one worker: nobody but itself presents its tokens.
    await Promise.all(
      devices.map(async (device) => {
        for (let round = 1; round <= operations[name] / connections; round += 1) {
          if (round % 20 === 0) {
            await device.logout();
            await device.login();
          } else if (round % 2 === 0) await device.refresh();
          else expect(await device.sessions()).toBeLessThanOrEqual(maxSessions);
        }
      }),
    );
    expect([...statuses].sort()).toEqual(['/login 200', '/logout 204', '/refresh 200']);

    const counts: (number | null)[] = [];
    await repeat(loginsBeyond, connections, async (index) => {
      const device = new Device(caller, statuses, connections + index);
      await device.login();
      counts.push(await device.sessions());
    });
    expect(Math.max(...counts.map((count) => count ?? 0))).toBe(maxSessions);
    caller.close();

    for (const user of honest) {
      const { refreshes, call, listed } = await user.stop();
      expect(new Set(refreshes)).toEqual(new Set([200]));
      expect({ call, listed }).toEqual({ call: 200, listed: true });
    }
    expect(await server.stop()).toBe(0);
  });
});
