import type { PostgresClient, PostgresPool } from './driver.js';
import { channel } from './feed-order.js';

/** A connection that was lost is looked for again after this time; until then the feed is polled. */
const reconnectMilliseconds = 1000;

/** One connection of the pool, held for as long as somebody watches the feed, that hears of new entries at once. */
export class Listener {
  readonly #pool: PostgresPool;
  readonly #schema: string;
  readonly #wake: () => void;
  #client: PostgresClient | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isWanted = false;

  constructor(pool: PostgresPool, schema: string, wake: () => void) {
    this.#pool = pool;
    this.#schema = schema;
    this.#wake = wake;
  }

  start(): void {
    // The steps need one.
    if (this.#isWanted || this.#pool.options?.max === 1) return;
    this.#isWanted = true;
    void this.#listen();
  }

  stop(): void {
    this.#isWanted = false;
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
    this.#drop();
  }

  async #listen(): Promise<void> {
    try {
      const client = await this.#pool.connect();
      // Nobody else may get a connection that listens, so it is closed and not given back.
      if (!this.#isWanted) {
        client.release(true);
        return;
      }
      this.#client = client;
      const lost = (): void => {
        if (this.#client === client) this.#listenLater();
      };
      client.on('error', lost);
      client.on('end', lost);
      client.on('notification', ({ payload }) => {
        if (payload === this.#schema) this.#wake();
      });
      await client.query({ text: `listen ${channel}` });
      // What came before the first message is heard of by this.
      this.#wake();
    } catch {
      this.#listenLater();
    }
  }

  #listenLater(): void {
    this.#drop();
    if (!this.#isWanted || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#listen();
    }, reconnectMilliseconds).unref();
  }

  #drop(): void {
    const client = this.#client;
    this.#client = null;
    client?.release(true);
  }
}
