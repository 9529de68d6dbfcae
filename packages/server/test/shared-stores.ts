import { postgresPlace, redisClusterPlace, redisPlace } from '../../../testbed/src/vitest/shared-place.js';
import { pawl, temporaryFolder, type Variables } from './server-process.js';

/** A machine that is busy is no store that is away; what is tested with a store that is away sets its own. */
export const patience = { PAWL_STORE_DEADLINE_SECONDS: '30' };

/** Creates the tables of a PostgreSQL. */
export async function migrate(variables: Variables): Promise<void> {
  const { code, stderr } = await pawl(temporaryFolder(), ['migrate'], { variables });
  if (code !== 0) throw new Error(stderr);
}

/** By the kind of store: opens a new, empty place on the servers that all tests share, and tells what a server needs to find it. */
export const sharedStores: Readonly<Record<string, () => Promise<Variables>>> = {
  async redis() {
    const { host, port, database, prefix } = await redisPlace();
    return { ...patience, PAWL_STORE: `redis://${host}:${port}/${database}?prefix=${prefix}` };
  },

  async 'redis cluster'() {
    const { nodes, prefix } = await redisClusterPlace();
    const [first, second] = nodes.map(({ host, port }) => `${host}:${port}`);
    return {
      ...patience,
      PAWL_STORE: `redis-cluster://${first ?? ''},${second ?? ''}?prefix=${prefix}`,
    };
  },

  async postgres() {
    const { host, port, user, database, schema } = await postgresPlace();
    const variables = {
      ...patience,
      PAWL_STORE: `postgres://${user}@${host}:${port}/${database}?schema=${schema}`,
    };
    await migrate(variables);
    return variables;
  },
};
