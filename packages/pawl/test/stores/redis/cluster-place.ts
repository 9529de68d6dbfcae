import { Redis } from 'ioredis';
import { afterAll } from 'vitest';
import { type RedisClusterPlace, redisClusterPlace } from '../../../../../testbed/src/vitest/shared-place.js';

/** A place on the shared cluster that can be emptied; it is empty again when the tests of this file are over. */
export interface EmptiedPlace extends RedisClusterPlace {
  readonly empty: () => Promise<void>;
}

/** A new place on the Redis Cluster that all tests share. */
export async function openClusterPlace(): Promise<EmptiedPlace> {
  const place = await redisClusterPlace();
  const direct = place.nodes.map(({ host, port }) => new Redis(port, host));
  const empty = async (): Promise<void> => {
    await Promise.all(direct.map((node) => unlinkAll(node, `${place.prefix}*`)));
  };
  afterAll(async () => {
    await empty();
    for (const node of direct) node.disconnect();
  });
  return { ...place, empty };
}

async function unlinkAll(node: Redis, pattern: string): Promise<void> {
  for await (const found of node.scanStream({ match: pattern, count: 1000 })) {
    const unlinking = node.pipeline();
    // One by one: keys of one call have to be in one slot.
    for (const key of found as readonly string[]) unlinking.unlink(key);
    await unlinking.exec();
  }
}
