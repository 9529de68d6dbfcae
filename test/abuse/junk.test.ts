import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cookieNamesOf } from 'pawl/http';
import { describe, expect, test } from 'vitest';
import type { RunningServer } from '../../packages/server/test/server-process.js';
import { waitUntil } from '../../testbed/src/wait-until.js';
import { password, startAbused, type StoreName } from './abused-server.js';
import { breakOff } from './broken-off.js';
import { createCaller, jsonTo, repeat, type Sent } from './caller.js';
import { startHonestUser } from './honest-user.js';
import { allJunk, type Junk } from './junk.js';
import { expectFewEvents, expectQuiet } from './log-lines.js';
import type { Footprint, MeasuredStore } from './measured-stores.js';

const connections = 50;
const client = { id: 'orders', secret: 'nine-geared-wheels-1843' };

/** Sends each kind `rounds` times, mixed. Resolves to how often each status came, by kind. */
async function sendAll(
  address: string,
  junk: readonly Junk[],
  rounds: number,
): Promise<Map<Junk, Set<number>>> {
  const caller = createCaller(address, connections);
  const seen = new Map(junk.map((kind) => [kind, new Set<number>()]));
  await repeat(rounds * junk.length, connections, async (index) => {
    const kind = junk[index % junk.length] as Junk;
    const { status } = await caller.send(kind.sent(Math.trunc(index / junk.length)));
    seen.get(kind)?.add(status);
  });
  caller.close();
  return seen;
}

/** What is stored when everything that was under way has arrived. */
async function settled(store: MeasuredStore): Promise<Footprint> {
  let last = await store.footprint();
  await waitUntil('the store holds what it held a moment ago', async () => {
    const before = last;
    last = await store.footprint();
    return JSON.stringify(before) === JSON.stringify(last);
  });
  return last;
}

const rounds: Readonly<Record<StoreName, number>> = { sqlite: 200, redis: 60, postgres: 60 };

describe.each(Object.keys(rounds) as StoreName[])('junk at a server over %s', (name) => {
  test('is refused, stores nothing but a bounded number of events, and disturbs nobody', async () => {
    const { server, store, events } = await startAbused(name, ['alice'], {
      PAWL_CLIENTS: JSON.stringify([{ client_id: client.id, client_secret: client.secret }]),
    });
    const dead = await server.login('alice', password);
    await server.post('/logout', { refresh_token: dead.refresh_token });
    const login = await server.login('alice', password);
    const junk = await allJunk(server.address, dead);
    const before = await settled(store);
    const logBefore = server.output.stderr.length;

    const honest = startHonestUser(server, login);
    await breakOff(server.address, rounds[name] * 2, connections);
    const seen = await sendAll(server.address, junk, rounds[name]);
    const { refreshes, call, listed } = await honest.stop();

    for (const [{ what, statuses }, answered] of seen) {
      expect(
        [...answered].filter((status) => !statuses.includes(status)),
        what,
      ).toEqual([]);
    }
    expect(new Set(refreshes)).toEqual(new Set([200]));
    expect({ call, listed }).toEqual({ call: 200, listed: true });
    expect(expectQuiet(server.output.stderr.slice(logBefore))).toBeGreaterThan(0);
    expect(expectFewEvents(await events())).toBeGreaterThan(before[store.eventsIn] ?? 0);
    const after = await store.footprint();
    // The log is the one thing that grows, and is bounded above.
    expect({ ...after, [store.eventsIn]: null }).toEqual({ ...before, [store.eventsIn]: null });
    expect(await server.stop()).toBe(0);
  });
});

/** Of the server's process, in bytes. */
function residentBytes({ child }: RunningServer): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

const bulkBytes = 48 * 1024;
const bulkRequests = 2_000;

/** Long texts, different each time, wherever a caller may put one. */
function bulk(issuer: string, index: number): Sent {
  const text = `${index}.${randomUUID()}.`.padEnd(bulkBytes, 'x');
  const short = text.slice(0, 4_000);
  const kinds: readonly Sent[] = [
    jsonTo('/refresh', { refresh_token: text }),
    jsonTo('/logout', { refresh_token: text }, { 'x-forwarded-for': short }),
    { path: `/sessions/${short}`, method: 'DELETE', headers: { authorization: `Bearer ${short}` } },
    { path: `/${short}`, headers: { cookie: `${cookieNamesOf(issuer).refresh}=${short}` } },
    jsonTo('/login', { username: short, password: text }),
  ];
  return kinds[index % kinds.length] as Sent;
}

test('the memory of a server does not grow with what it is sent', async () => {
  const { server } = await startAbused('sqlite', []);
  const caller = createCaller(server.address, connections);
  let sentBytes = 0;
  const sendBulk = (): Promise<void> =>
    repeat(bulkRequests, connections, async (index) => {
      const sent = bulk(server.address, index);
      sentBytes += JSON.stringify(sent).length;
      expect((await caller.send(sent)).status).toBeLessThan(500);
    });
  // The first half brings the process to the size that it works with.
  await sendBulk();
  const before = residentBytes(server);
  sentBytes = 0;
  await sendBulk();
  caller.close();
  expect(sentBytes).toBeGreaterThan(bulkRequests * 16 * 1024);
  expect(residentBytes(server) - before).toBeLessThan(sentBytes / 3);
});
