import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { bundleScript, type Script } from '../bundle-script.js';
import { startBrowserServer } from '../chromium.js';
import { startPostgres } from '../postgres-server.js';
import { startRedisCluster } from '../redis-cluster.js';
import { startRedis } from '../redis-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the process that runs the tests answers them. */
    readonly testHost: string;
    /** Whether tests may ask it for a server that they share. */
    readonly sharedServers: boolean;
  }
}

/** A server that runs until the last test is over: what a test needs to reach it, and how it is ended. */
interface Shared {
  readonly address: object;
  readonly stop: () => Promise<void>;
}

/** Places that one run may hand out: each has a database of the shared Redis. */
const maxPlaces = 1024;

/** Each is started by the first test that asks for it. */
const starters = {
  async redis() {
    const { host, port, process } = await startRedis({ directives: ['--databases', String(maxPlaces)] });
    return { address: { host, port }, stop: () => process.end('SIGKILL') };
  },
  async 'redis-cluster'() {
    const cluster = await startRedisCluster();
    const nodes = cluster.servers.map(({ host, port }) => ({ host, port }));
    return { address: { nodes }, stop: () => cluster.stop() };
  },
  async postgres() {
    // Several files of tests at once, each with several pools of ten connections.
    const server = await startPostgres({
      settings: ['fsync=off', 'max_connections=400'],
    });
    const { host, port, user, database } = server;
    return { address: { host, port, user, database }, stop: () => server.crash() };
  },
  async chromium() {
    const { endpoint, certificate, stop } = await startBrowserServer();
    return { address: { endpoint, certificate }, stop };
  },
} as const satisfies Record<string, () => Promise<Shared>>;

/** The name of a server that tests share. */
export type SharedName = keyof typeof starters;

/** What a test needs to reach it. */
export type AddressOf<Name extends SharedName> = Awaited<ReturnType<(typeof starters)[Name]>>['address'];

/**
 * Runs once, in the process that runs the tests, before the first of them. It starts none of the servers and bundles no script: it listens
 * for tests that ask. A run that uses none needs none. The return value ends what was started.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = new Map<SharedName, Promise<Shared>>();
  const scripts = new Map<string, Promise<string>>();
  let places = 0;

  async function placeOn(name: SharedName): Promise<string> {
    const { address } = await once(started, name, () => starters[name]());
    places += 1;
    if (places >= maxPlaces) throw new Error(`more than ${maxPlaces} places were asked for in one run`);
    return JSON.stringify({ place: places, address });
  }

  async function answer(request: IncomingMessage): Promise<string> {
    const { pathname, search, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname !== '/script') return placeOn(pathname.slice(1) as SharedName);
    const script = Object.fromEntries(searchParams) as unknown as Script;
    return once(scripts, search, () => bundleScript(script));
  }

  const server = createServer((request, response) => {
    // A connection that is kept for the next question may be closed just when that comes.
    response.setHeader('connection', 'close');
    answer(request).then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  // A test waits until the server that it asks for has started, and that may take an installation.
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  project.provide('testHost', `http://127.0.0.1:${port}`);

  return async () => {
    server.closeAllConnections();
    server.close();
    const running = await Promise.allSettled(started.values());
    await Promise.all(running.map(async (one) => one.status === 'fulfilled' && one.value.stop()));
  };
}

/** The value of a key, made when it is asked for first. */
function once<Key, Value>(
  made: Map<Key, Promise<Value>>,
  key: Key,
  make: () => Promise<Value>,
): Promise<Value> {
  let value = made.get(key);
  if (value === undefined) {
    value = make();
    made.set(key, value);
  }
  return value;
}
