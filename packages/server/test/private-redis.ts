import { onTestFinished } from 'vitest';
import { type RedisServer, startRedis } from '../../../testbed/src/redis-server.js';

/** A Redis that ends with the test that started it. */
export async function redis(setup: Parameters<typeof startRedis>[0] = {}): Promise<RedisServer> {
  const server = await startRedis(setup);
  onTestFinished(() => server.process.end('SIGKILL'));
  return server;
}
