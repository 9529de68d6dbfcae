import type { RedisAccess, RedisNode } from './access.js';
import { failureOf, redirectionOf, unavailable, unsent } from './failure.js';
import type { Script } from './script.js';

/** How many replicas have to confirm what must not be lost, and how long they may take. */
export interface ReplicaWait {
  readonly count: number;
  readonly timeoutSeconds: number;
}

/** How scripts reach the servers: each call within the deadline, or rejected with `store_unavailable`. */
export class RedisConnection {
  readonly #access: RedisAccess;
  readonly #deadlineSeconds: number;
  readonly #wait: ReplicaWait | null;
  /** WAIT holds up everything behind it on its connection, so it has one of its own. */
  #waiting: Promise<RedisAccess> | null = null;
  /** What is under way on each of those connections, oldest first: whether its caller has given up. */
  readonly #underWay = new WeakMap<object, Set<() => boolean>>();
  readonly #connecting = new Map<RedisAccess, Promise<void>>();
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(access: RedisAccess, deadlineSeconds: number, wait: ReplicaWait | null) {
    this.#access = access;
    this.#deadlineSeconds = deadlineSeconds;
    this.#wait = wait;
  }

  /** Runs a script. */
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return this.#within((isOver) => this.#runOnce(script, keys, args, isOver));
  }

  /** Runs a script whose effect must outlive a failover: resolves when the replicas have confirmed it, where that was asked for. */
  runDurably(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const wait = this.#wait;
    if (wait === null) return this.run(script, keys, args);
    return this.#within((isOver) => this.#runAndWait(script, keys, args, { ...wait, isOver }));
  }

  /** Does something on each primary, one after the other. Each command has the deadline. */
  async onPrimaries(work: (send: RedisNode['send'], index: number) => Promise<boolean>): Promise<void> {
    const primaries = await this.#within(() => this.#access.primaries());
    for (const [index, node] of primaries.entries()) {
      const goOn = await work((command) => this.#within(() => node.send(command)), index);
      if (!goOn) return;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#running);
    const waiting = await this.#waiting?.catch(() => null);
    waiting?.close();
  }

  async #runOnce(
    script: Script,
    keys: readonly string[],
    args: readonly string[],
    isOver: () => boolean,
  ): Promise<unknown> {
    if (!this.#access.isReady()) await this.#connected(this.#access, isOver);
    const [firstKey = ''] = keys;
    try {
      return await this.#access.send(firstKey, script.bySha(keys, args));
    } catch (error) {
      if (!isNoScript(error) || isOver()) throw error;
      return this.#access.send(firstKey, script.bySource(keys, args));
    }
  }

  async #runAndWait(
    script: Script,
    keys: readonly string[],
    args: readonly string[],
    wait: ReplicaWait & { readonly isOver: () => boolean },
  ): Promise<unknown> {
    const access = await this.#duplicate();
    if (!access.isReady()) await this.#connected(access, wait.isOver);
    // With its source, because WAIT behind a script that the server did not know would confirm nothing.
    const command = script.bySource(keys, args);
    const [firstKey = ''] = keys;
    try {
      return await access.withNode(firstKey, (node) => this.#sendInTime(node, [command], wait));
    } catch (error) {
      // Any command through the client itself makes the client learn the new place.
      access.send(firstKey, ['EXISTS', firstKey]).catch(() => undefined);
      const redirection = redirectionOf(error);
      const node = redirection === null ? null : await access.nodeAt(redirection.address);
      if (redirection === null || node === null) throw error;
      return this.#sendInTime(node, redirection.isAsk ? [['ASKING'], command] : [command], wait);
    }
  }

  /**
   * Sends nothing behind a WAIT that has outlived its caller: without replicas each holds the connection up for its whole time, and what
   * stands behind it would be carried out long after everybody has been told that it was not.
   */
  async #sendInTime(
    node: RedisNode,
    commands: readonly (readonly string[])[],
    wait: ReplicaWait & { readonly isOver: () => boolean },
  ): Promise<unknown> {
    const underWay = this.#underWay.get(node.connection) ?? new Set();
    this.#underWay.set(node.connection, underWay);
    const [oldest] = underWay;
    if (wait.isOver() || oldest?.() === true) throw unsent('still waits for replicas that do not confirm');
    underWay.add(wait.isOver);
    try {
      return await sendAndWait(node, commands, wait);
    } finally {
      underWay.delete(wait.isOver);
    }
  }

  /** Waits for a connection, once for all that wait; a call that was given up meanwhile ends here, unsent. */
  async #connected(access: RedisAccess, isOver: () => boolean): Promise<void> {
    let connecting = this.#connecting.get(access);
    if (connecting === undefined) {
      connecting = access.becomeReady().finally(() => this.#connecting.delete(access));
      this.#connecting.set(access, connecting);
    }
    await connecting;
    if (isOver()) throw unavailable('had no connection in time');
  }

  async #duplicate(): Promise<RedisAccess> {
    this.#waiting ??= this.#access.duplicate();
    try {
      return await this.#waiting;
    } catch (error) {
      this.#waiting = null;
      throw error;
    }
  }

  /** @param work - is told whether nobody waits for it any more */
  #within<Value>(work: (isOver: () => boolean) => Promise<Value>): Promise<Value> {
    if (this.#isClosed) return Promise.reject(unavailable('is closed'));
    const running = new Promise<Value>((resolve, reject) => {
      let isOver = false;
      const timer = setTimeout(() => {
        isOver = true;
        reject(unavailable('did not answer in time'));
      }, this.#deadlineSeconds * 1000);
      work(() => isOver).then(
        (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(failureOf(error));
        },
      );
    });
    this.#running.add(running);
    const forget = () => {
      this.#running.delete(running);
    };
    running.then(forget, forget);
    return running;
  }
}

/** The last command and WAIT leave together, so that nothing comes between them. */
async function sendAndWait(
  node: RedisNode,
  commands: readonly (readonly string[])[],
  { count, timeoutSeconds }: ReplicaWait,
): Promise<unknown> {
  const wait = ['WAIT', String(count), String(Math.ceil(timeoutSeconds * 1000))];
  const replies = await Promise.allSettled([...commands, wait].map((command) => node.send(command)));
  const failed = replies.find((reply) => reply.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const [confirmed, reply] = replies.map((settled) => (settled as { value?: unknown }).value).reverse();
  if (Number(confirmed) < count)
    throw unavailable('has fewer replicas that confirmed the write than asked for');
  return reply;
}

function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
