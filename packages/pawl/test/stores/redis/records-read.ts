import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';

/** Servers that hold the keys under a prefix. */
export interface WatchedServers {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly prefix: string;
}

/** Everything of a subject at once, however much that is. */
const wholeHash = 1_000_000;

/** A server: what it reports, and what it is asked by. */
interface Monitored {
  readonly monitor: Redis;
  readonly direct: Redis;
}

/** Counts the records of sessions that servers read, scripts included, by what they report of each command. */
export class ReadRecords {
  readonly #prefix: string;
  readonly #monitors: readonly Monitored[];
  #count = 0;

  private constructor(prefix: string, monitors: readonly Monitored[]) {
    this.#prefix = prefix;
    this.#monitors = monitors;
    for (const { monitor } of monitors) {
      monitor.on('monitor', (_at: string, command: readonly string[]) => {
        this.#count += this.#recordsIn(command);
      });
    }
  }

  static async start({ nodes, prefix }: WatchedServers): Promise<ReadRecords> {
    const monitors = nodes.map(async ({ host, port }) => {
      const direct = new Redis(port, host);
      return { direct, monitor: await direct.monitor() };
    });
    return new ReadRecords(prefix, await Promise.all(monitors));
  }

  /** Those read since the start, and before this call. */
  async count(): Promise<number> {
    await Promise.all(this.#monitors.map(({ monitor, direct }) => reported(monitor, direct)));
    return this.#count;
  }

  stop(): void {
    for (const { monitor, direct } of this.#monitors) {
      monitor.disconnect();
      direct.disconnect();
    }
  }

  #recordsIn([name = '', key = '', ...fields]: readonly string[]): number {
    if (!key.startsWith(this.#prefix)) return 0;
    switch (name.toUpperCase()) {
      case 'HGET':
      case 'HMGET':
        return fields.filter((field) => field.startsWith('s')).length;
      case 'HGETALL':
      case 'HVALS':
        return wholeHash;
      default:
        return 0;
    }
  }
}

/** Resolves when a server has reported everything that it carried out before. */
async function reported(monitor: Redis, direct: Redis): Promise<void> {
  const mark = randomUUID();
  const seen = new Promise<void>((resolve) => {
    const look = (_at: string, command: readonly string[]): void => {
      if (command[1] !== mark) return;
      monitor.off('monitor', look);
      resolve();
    };
    monitor.on('monitor', look);
  });
  await Promise.all([seen, direct.echo(mark)]);
}
