import { setImmediate as nextTurn } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Store } from '../../../src/stores/index.js';
import { openRedisStore, type RedisClient } from '../../../src/stores/redis/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { createSession, attemptFor, newSession, startAt } from '../../../src/testing/session-fixture.js';
import { type RedisServer, startRedis } from '../../../../../testbed/src/redis-server.js';
import { TcpProxy } from '../../../../../testbed/src/tcp-proxy.js';

const random = createSeededRandom(2);
const deadlineSeconds = 1.5;

/** A connected client of each library; failures of the connection itself are the test's subject. */
const clients: Readonly<Record<string, (server: RedisServer) => Promise<RedisClient>>> = {
  ioredis: async ({ port, host }) => {
    const client = new Redis(port, host, { retryStrategy: () => 20 });
    client.on('error', () => undefined);
    onTestFinished(() => {
      client.disconnect();
    });
    await client.ping();
    return client;
  },
  'node-redis': async ({ port, host }) => {
    const client = createClient({ socket: { port, host, reconnectStrategy: () => 20 } });
    client.on('error', () => undefined);
    onTestFinished(() => {
      client.destroy();
    });
    return client.connect();
  },
};

interface Opened {
  readonly server: RedisServer;
  readonly store: Store;
}

async function openOn(library: string, directives: readonly string[] = []): Promise<Opened> {
  const server = await startRedis({ directives });
  onTestFinished(() => server.process.end('SIGKILL'));
  const client = await (clients[library] as (typeof clients)[string])(server);
  return { server, store: await openRedisStore({ client, deadlineSeconds }) };
}

const unavailable = expect.objectContaining({ name: 'PawlError', code: 'store_unavailable' }) as unknown;

/** Calls again until the store answers: how long a client takes to connect again is its own affair. */
async function answered<Value>(call: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      expect(error).toEqual(unavailable);
    }
    await nextTurn();
  }
}

describe.each(Object.keys(clients))('the store over %s', (library) => {
  test('rejects every call while the server is frozen, and goes on when it thaws', async () => {
    const { server, store } = await openOn(library);
    const session = newSession(random);
    await createSession(store.sessions, session, 5, startAt);
    // The server knows the script then, so that the attempt during the freeze needs no second message.
    await store.sessions.rotate(attemptFor(session, { generation: 9 }));
    server.process.freeze();
    const calls = await Promise.allSettled([
      store.sessions.rotate(attemptFor(session)),
      store.sessions.revokeSession(session.id, 'AAAA', startAt),
      store.documents.write('c', 'k', 0, ''),
      store.events.tail(1),
      store.check(),
      store.sweep(startAt, 10),
    ]);
    expect(calls.map((call) => (call as PromiseRejectedResult).reason as unknown)).toEqual(
      calls.map(() => unavailable),
    );
    server.process.thaw();
    await answered(() => store.check());
    // The server carried it out when it went on: an unknown outcome means just that.
    expect(await answered(() => store.sessions.find(session.id))).toMatchObject({ generation: 1 });
  });

  test('rejects while the server is gone, and goes on with another one in its place', async () => {
    const { server, store } = await openOn(library, ['--appendonly', 'yes', '--appendfsync', 'always']);
    const session = newSession(random);
    await createSession(store.sessions, session, 5, startAt);
    await server.process.end('SIGKILL');
    await expect(store.sessions.rotate(attemptFor(session))).rejects.toEqual(unavailable);
    await expect(store.check()).rejects.toEqual(unavailable);
    const { port, folder } = server;
    const next = await startRedis({
      port,
      folder,
      directives: ['--appendonly', 'yes', '--appendfsync', 'always'],
    });
    onTestFinished(() => next.process.end('SIGKILL'));
    // Rotated now, or by the call that was rejected: a client may send again what was in flight.
    const { session: rotated } = await answered(() => store.sessions.rotate(attemptFor(session)));
    expect(rotated).toMatchObject({ generation: 1 });
  });

  test('rejects, or asks again, when the connection is cut in the middle of an answer, and goes on', async () => {
    const server = await startRedis();
    onTestFinished(() => server.process.end('SIGKILL'));
    const proxy = await TcpProxy.start(server.port);
    onTestFinished(() => proxy.close());
    const client = await (clients[library] as (typeof clients)[string])({ ...server, port: proxy.port });
    const store = await openRedisStore({ client, deadlineSeconds });
    const sessions = Array.from({ length: 20 }, () => newSession(random));
    await Promise.all(sessions.map((session) => createSession(store.sessions, session, 5, startAt)));
    const cut = proxy.cutNextAnswer();
    const calls = await Promise.allSettled(
      sessions.map((session) => store.sessions.rotate(attemptFor(session))),
    );
    await cut;
    for (const call of calls) {
      if (call.status === 'rejected') expect(call.reason).toEqual(unavailable);
      else expect(call.value.session).toMatchObject({ generation: 1 });
    }
    for (const session of sessions) {
      const { session: after } = await answered(() => store.sessions.rotate(attemptFor(session)));
      expect(after).toMatchObject({ id: session.id, generation: 1 });
    }
  });

  test('sends no call that waited for a connection longer than its deadline', async () => {
    const { server, store } = await openOn(library, ['--appendonly', 'yes']);
    const session = newSession(random);
    await createSession(store.sessions, session, 5, startAt);
    await server.process.end('SIGTERM');
    // The client has to notice first that the connection is gone.
    await expect(store.check()).rejects.toEqual(unavailable);
    await expect(store.sessions.rotate(attemptFor(session))).rejects.toEqual(unavailable);
    const { port, folder } = server;
    const next = await startRedis({ port, folder, directives: ['--appendonly', 'yes'] });
    onTestFinished(() => next.process.end('SIGKILL'));
    expect(await answered(() => store.sessions.find(session.id))).toMatchObject({ generation: 0 });
  });

  test('carries out a step also on a server that does not know the script', async () => {
    const { server, store } = await openOn(library);
    const session = newSession(random);
    await createSession(store.sessions, session, 5, startAt);
    const direct = new Redis(server.port, server.host);
    await direct.script('FLUSH');
    direct.disconnect();
    expect(await store.sessions.rotate(attemptFor(session))).toMatchObject({ rotated: true });
  });

  test('one refresh is one command', async () => {
    const { server, store } = await openOn(library);
    const session = newSession(random);
    await createSession(store.sessions, session, 5, startAt);
    await store.sessions.rotate(attemptFor(session));
    const direct = new Redis(server.port, server.host);
    onTestFinished(() => {
      direct.disconnect();
    });
    const monitor = await direct.monitor();
    onTestFinished(() => {
      monitor.disconnect();
    });
    const seen: string[] = [];
    const marked = new Promise<void>((resolve) => {
      monitor.on('monitor', (_at: string, [name = '']: string[], source: string) => {
        if (name.toUpperCase() === 'ECHO') resolve();
        else if (source !== 'lua') seen.push(name.toUpperCase());
      });
    });
    await store.sessions.rotate(attemptFor(session, { generation: 1, now: startAt + 60 }));
    await store.sessions.rotate(attemptFor(session, { generation: 2, now: startAt + 120 }));
    const other = new Redis(server.port, server.host, { disableClientInfo: true, enableReadyCheck: false });
    await other.echo('end');
    other.disconnect();
    await marked;
    expect(seen.filter((name) => name.startsWith('EVAL'))).toEqual(['EVALSHA', 'EVALSHA']);
  });
});

describe('errors of the store', () => {
  test('say what kind of failure it was, and nothing of the command', async () => {
    const { server, store } = await openOn('ioredis');
    const direct = new Redis(server.port, server.host);
    onTestFinished(() => {
      direct.disconnect();
    });
    await direct.config('SET', 'maxmemory', '1');
    const session = newSession(random);
    const error = (await createSession(store.sessions, session, 5, startAt).catch(
      (reason: unknown) => reason,
    )) as Error;
    expect(error).toEqual(unavailable);
    expect(error.message).toBe('the Redis store did not carry out a command: OOM');
    expect(error.cause).toBeUndefined();
  });

  test.each([
    [{ client: {} }, 'option client must be'],
    [{ client: null }, 'option client must be'],
    [{ prefix: 'a{b' }, 'option prefix must be'],
    [{ prefix: '' }, 'option prefix must be'],
    [{ deadlineSeconds: 0 }, 'option deadlineSeconds must be'],
    [{ deadlineSeconds: Number.NaN }, 'option deadlineSeconds must be'],
    [{ waitForReplicas: -1 }, 'option waitForReplicas must be'],
    [{ waitForReplicas: 1.5 }, 'option waitForReplicas must be'],
    [{ prefixes: 'x' }, 'there is no option prefixes'],
  ])('%o is refused when the store is opened', async (changes, text) => {
    const client = new Redis({ lazyConnect: true });
    const opening = openRedisStore({ client, ...changes } as never);
    await expect(opening).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining(text) as string,
    });
  });

  test('a client with a key prefix of its own is refused', async () => {
    const client = new Redis({ lazyConnect: true, keyPrefix: 'app:' });
    await expect(openRedisStore({ client })).rejects.toMatchObject({ code: 'option_invalid' });
  });

  test('a client of redis that was not connected is refused at once', async () => {
    const client = createClient();
    await expect(openRedisStore({ client })).rejects.toEqual(unavailable);
  });
});
