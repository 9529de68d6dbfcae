import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type EventLog,
  eventRetentionSeconds,
  type LogEntry,
  maxIndexedEntries,
} from '../../../src/stores/event-log.js';
import type { Store } from '../../../src/stores/index.js';
import { accessTo } from '../../../src/stores/redis/client.js';
import { RedisConnection } from '../../../src/stores/redis/connection.js';
import { createEvents } from '../../../src/stores/redis/events.js';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { createKeys } from '../../../src/stores/redis/keys.js';
import { startAt } from '../../../src/testing/session-fixture.js';
import { type RedisServer, startRedis } from '../../../../../testbed/src/redis-server.js';

const keys = createKeys('pawl:');
let server: RedisServer;
let direct: Redis;
let store: Store;
let events: EventLog;

beforeAll(async () => {
  // Its own, because the commands of a server are counted.
  server = await startRedis();
  direct = new Redis(server.port, server.host);
  store = await openRedisStore({ client: direct, deadlineSeconds: 30 });
  events = store.events;
});

afterAll(async () => {
  await store.close();
  direct.disconnect();
  await server.process.end('SIGKILL');
});

beforeEach(async () => {
  await direct.flushall();
});

function about(subject: string | null, sessionId: string | null, count: number, from = 0): LogEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    at: startAt + from + index,
    subject,
    sessionId,
    body: String(from + index),
  }));
}

/** Others, each of a subject and a session of its own. */
function others(count: number): LogEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    at: startAt,
    subject: `other ${String(index)}`,
    sessionId: `of other ${String(index)}`,
    body: '{}',
  }));
}

/** How often each command was carried out in `work`, those inside scripts included. */
async function commandsIn(work: () => Promise<unknown>): Promise<Readonly<Record<string, number>>> {
  await direct.config('RESETSTAT');
  await work();
  const stats = (await direct.info('commandstats')).matchAll(
    /^cmdstat_(?<name>[\w|]+):calls=(?<calls>\d+)/gm,
  );
  const counts = [...stats].map(({ groups }) => [groups?.['name'] ?? '', Number(groups?.['calls'])] as const);
  return Object.fromEntries(counts.filter(([name]) => !name.startsWith('config') && name !== 'info'));
}

describe('a query of the log for a subject or a session', () => {
  test('reads its own entries only, however long the log is', async () => {
    const own = about('alice', 'one', 20);
    await events.append(others(500));
    await events.append(own.slice(0, 10));
    const read = async (): Promise<void> => {
      const found = await events.read({ after: null, limit: 100, subject: 'alice', since: startAt });
      expect(found.map(({ body }) => body)).toEqual(own.map(({ body }) => body));
      expect(await events.read({ after: null, limit: 100, sessionId: 'one' })).toEqual(found);
      expect(await events.read({ after: null, limit: 3, subject: 'alice', sessionId: 'one' })).toEqual(
        found.slice(0, 3),
      );
      expect(await events.read({ after: found[4]?.cursor ?? '', limit: 5, subject: 'alice' })).toEqual(
        found.slice(5, 10),
      );
    };
    await events.append(own.slice(10));
    await read();
    const expected = { evalsha: 4, lrange: 4, xrange: 20 + 20 + 3 + 5 };
    expect(await commandsIn(read)).toEqual(expected);
    await events.append(others(5000));
    expect(await direct.xlen(keys.events)).toBe(5520);
    expect(await commandsIn(read)).toEqual(expected);
  });

  test('finds the newest thousand, and the log has all', async () => {
    const own = about('alice', null, maxIndexedEntries + 700);
    for (let from = 0; from < own.length; from += 300) await events.append(own.slice(from, from + 300));
    const list = keys.eventsAbout('subject', 'alice');
    expect(await direct.llen(list)).toBe(maxIndexedEntries);
    const bodies = (entries: readonly { readonly body: string }[]) => entries.map(({ body }) => body);
    const found = await events.read({ after: null, limit: 5000, subject: 'alice' });
    expect(bodies(found)).toEqual(bodies(own.slice(700)));
    expect(bodies(await events.read({ after: null, limit: 5000 }))).toEqual(bodies(own));
    // A cursor that the list no longer reaches back to goes on with the oldest that it has.
    const [oldest] = await events.read({ after: null, limit: 1 });
    const behind = await events.read({ after: oldest?.cursor ?? '', limit: 1, subject: 'alice' });
    expect(bodies(behind)).toEqual(['700']);
  });
});

describe('what Redis keeps beside the log', () => {
  test('has short names that tell no subject and no session, and goes when the entries do', async () => {
    const long = 'alice@example.org'.repeat(10_000);
    await events.append([...about(long, 'session-1', 1), ...about(null, null, 1)]);
    const lists = (await direct.keys('*')).filter((key) => key !== keys.events);
    expect(lists.sort()).toEqual(
      [keys.eventsAbout('session', 'session-1'), keys.eventsAbout('subject', long)].sort(),
    );
    for (const list of lists) {
      expect(list).toMatch(/^pawl:3:\{events\}:(?:subject|session):[0-9a-f]{32}$/);
      const left = await direct.pttl(list);
      expect(left).toBeGreaterThan((eventRetentionSeconds - 600) * 1000);
      expect(left).toBeLessThanOrEqual(eventRetentionSeconds * 1000);
    }
    expect(await store.sweep(startAt + eventRetentionSeconds - 1, 10)).toBe(0);
    expect(await store.sweep(startAt + eventRetentionSeconds, 10)).toBe(2);
    expect(await direct.keys('*')).toEqual([keys.events]);
  });

  test('names entries that are gone no longer than until the next one is appended, and they are skipped', async () => {
    await events.append([...about('alice', 'one', 30), ...others(50), ...about('alice', 'two', 30, 30)]);
    const all = await events.read({ after: null, limit: 100, subject: 'alice' });
    await direct.xtrim(keys.events, 'MAXLEN', 20);
    const [, removed] = await events.read({ after: null, limit: 2 });
    await direct.xdel(keys.events, removed?.cursor ?? '');
    const left = all.slice(40).filter(({ cursor }) => cursor !== removed?.cursor);
    expect(await events.read({ after: null, limit: 100, subject: 'alice' })).toEqual(left);
    expect(await events.read({ after: null, limit: 1, subject: 'alice' })).toEqual(left.slice(0, 1));
    expect(await events.read({ after: null, limit: 9, sessionId: 'one' })).toEqual([]);
    expect(await direct.llen(keys.eventsAbout('subject', 'alice'))).toBe(60);
    await events.append(about('alice', 'one', 1, 60));
    // The one from the middle stays until those before it are gone.
    expect(await direct.llen(keys.eventsAbout('subject', 'alice'))).toBe(21);
    expect(await direct.llen(keys.eventsAbout('session', 'one'))).toBe(1);
    const found = await events.read({ after: null, limit: 100, subject: 'alice' });
    expect(found.slice(0, -1)).toEqual(left);
  });

  test('is shortened with the log when that is full', async () => {
    const connection = new RedisConnection(accessTo(direct), 30, null);
    const { port } = createEvents(connection, keys, 1000);
    for (let round = 0; round < 6; round += 1) {
      await port.append([...others(400), ...about(`early ${String(round)}`, null, 50)]);
    }
    const isShort = async (): Promise<void> => {
      await port.append(about('late', 'late', 1));
      expect(await direct.xlen(keys.events)).toBeLessThan(1500);
    };
    await vi.waitFor(isShort, { timeout: 60_000, interval: 1 });
    await connection.close();
    const lists = (await direct.keys('*')).filter((key) => key !== keys.events);
    const ids = (await Promise.all(lists.map((list) => direct.lrange(list, 0, -1)))).flat();
    const kept = new Set((await direct.xrange(keys.events, '-', '+')).map(([id]) => id));
    expect(ids.filter((id) => !kept.has(id))).toEqual([]);
    expect(await direct.exists(keys.eventsAbout('subject', 'early 0'))).toBe(0);
  });
});
