import { onTestFinished } from 'vitest';
import { startPostgres } from '../../../testbed/src/postgres-server.js';
import { startRedisCluster } from '../../../testbed/src/redis-cluster.js';
import { startRedis } from '../../../testbed/src/redis-server.js';
import type { Variables } from './server-process.js';
import { migrate, patience } from './shared-stores.js';

/** A store on servers of its own, which can be stopped. */
export interface OwnStore {
  /** What a server needs to find it. */
  readonly variables: Variables;
  /** Stops it in its tracks: it keeps its connections and answers nothing. */
  freeze(): void;
  thaw(): void;
}

/** Each ends with the test that started it. */
export const ownStores: Readonly<Record<string, () => Promise<OwnStore>>> = {
  async redis() {
    const { host, port, process } = await startRedis();
    onTestFinished(() => process.end('SIGKILL'));
    return {
      variables: { ...patience, PAWL_STORE: `redis://${host}:${port}` },
      freeze: () => process.freeze(),
      thaw: () => process.thaw(),
    };
  },

  async 'redis cluster'() {
    const cluster = await startRedisCluster();
    const { servers } = cluster;
    onTestFinished(() => cluster.stop());
    const [first, second] = servers.map(({ host, port }) => `${host}:${port}`);
    return {
      variables: { ...patience, PAWL_STORE: `redis-cluster://${first ?? ''},${second ?? ''}` },
      freeze: () => servers.forEach(({ process }) => process.freeze()),
      thaw: () => servers.forEach(({ process }) => process.thaw()),
    };
  },

  async postgres() {
    const server = await startPostgres();
    onTestFinished(() => server.remove());
    const variables = {
      ...patience,
      PAWL_STORE: `postgres://${server.user}@${server.host}:${server.port}/${server.database}`,
    };
    await migrate(variables);
    return { variables, freeze: server.freeze, thaw: server.thaw };
  },
};
