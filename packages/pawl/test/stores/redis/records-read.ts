import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** Servers that hold the keys under a prefix. */
export interface WatchedServers {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly prefix: string;
}

/** Everything of a subject at once, however much that is. */
const wholeHash = 1_000_000;

/** Counts the records of sessions that servers read, scripts included, by what `MONITOR` reports of each command. */
export class ReadRecords {
  readonly #prefix: string;
  readonly #monitors: readonly Monitor[];
  #count = 0;

  private constructor({ nodes, prefix }: WatchedServers) {
    this.#prefix = prefix;
    this.#monitors = nodes.map(
      (address) =>
        new Monitor(address, (words) => {
          this.#count += this.#recordsIn(words);
        }),
    );
  }

  static async start(servers: WatchedServers): Promise<ReadRecords> {
    const records = new ReadRecords(servers);
    await records.count();
    return records;
  }

  /** Those read since the start, and before this call. */
  async count(): Promise<number> {
    await Promise.all(this.#monitors.map((monitor) => monitor.reported()));
    return this.#count;
  }

  stop(): void {
    for (const monitor of this.#monitors) monitor.close();
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

/**
 * One server's reports, as words without their quotes. It is asked over a socket of its own: ioredis takes a report that arrives together with the
 * answer to `MONITOR` for an answer too.
 */
class Monitor {
  readonly #address: WatchedServers['nodes'][number];
  readonly #socket: Socket;
  /** What the server says to `MONITOR` comes first; it reports from then on. */
  readonly #started: Promise<unknown>;
  readonly #awaited = new Map<string, () => void>();

  constructor(address: WatchedServers['nodes'][number], onReport: (words: readonly string[]) => void) {
    this.#address = address;
    this.#socket = connect(address);
    this.#socket.write('MONITOR\r\n');
    const lines = createInterface({ input: this.#socket });
    this.#started = once(lines, 'line');
    lines.on('line', (line) => {
      const words = Array.from(line.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, word = '']) => word);
      this.#awaited.get(words[1] ?? '')?.();
      onReport(words);
    });
  }

  /** Resolves when the server has reported everything that it carried out before. */
  async reported(): Promise<void> {
    await this.#started;
    const mark = randomUUID();
    const seen = new Promise<void>((resolve) => this.#awaited.set(mark, resolve));
    const asking = connect(this.#address);
    asking.write(`ECHO ${mark}\r\n`);
    await Promise.all([seen, once(asking, 'data')]);
    asking.destroy();
    this.#awaited.delete(mark);
  }

  close(): void {
    this.#socket.destroy();
  }
}
