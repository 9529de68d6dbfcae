import { afterAll, describe, test } from 'vitest';
import type { Store } from '../../../src/stores/index.js';
import { openRedisStore, type RedisClient } from '../../../src/stores/redis/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { ReadRecords, type WatchedServers } from './records-read.js';
import { openStuckPlace, type StuckPlace } from './stuck-place.js';

/** How the suite reaches servers over one library. */
export interface RedisSetup<Client extends RedisClient> extends WatchedServers {
  /** A client of the servers, or, when there is a place before them, one that goes through it. */
  readonly connect: (through?: StuckPlace) => Promise<Client>;
  readonly disconnect: (client: Client) => void;
  readonly empty: (client: Client) => Promise<unknown>;
}

/** Defines the tests that every store passes, for one library. */
export async function testRedisStore<Client extends RedisClient>(setup: RedisSetup<Client>): Promise<void> {
  const { connect, disconnect, empty, prefix } = setup;
  const clients = await Promise.all(Array.from({ length: 4 }, () => connect()));
  let opened = 0;
  let read: ReadRecords | null = null;

  afterAll(() => {
    for (const client of clients) disconnect(client);
  });

  function openWith(index: number): Promise<Store> {
    const client = clients[index % clients.length] as Client;
    // Long, so that a busy machine is not taken for a failure.
    return openRedisStore({ client, prefix, deadlineSeconds: 30 });
  }

  async function openStuck() {
    const place = await openStuckPlace(setup.nodes);
    const client = await connect(place);
    const store = await openRedisStore({ client, prefix, deadlineSeconds: 0.5 });
    place.withhold();
    const close = async (): Promise<void> => {
      await store.close();
      disconnect(client);
      await place.close();
    };
    const release = (): Promise<void> => {
      place.release();
      return Promise.resolve();
    };
    return { store: { ...store, close }, release };
  }

  storeConformance(
    { describe, test },
    {
      open: () => openWith((opened = 0)),
      openAnother: () => openWith((opened += 1)),
      openStuck,
      async recordsRead() {
        read ??= await ReadRecords.start(setup);
        return read.count();
      },
      async remove() {
        read?.stop();
        read = null;
        await empty(clients[0] as Client);
      },
    },
  );
}
