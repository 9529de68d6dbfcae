import { setTimeout as pause } from 'node:timers/promises';
import type { PawlEvent, PolicyOption } from 'pawl';
import type { SeededRandom } from 'pawl/testing';
import type { StoreSetup } from './node-store.js';
import { type Clocks, PawlNode } from './pawl-node.js';

/** What came back of one request; null when nothing did. */
export type Answer = {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** `Pawl-Refresh`. */
  readonly outcome: string | null;
  readonly retryAfterSeconds: number | null;
} | null;

type Body = Readonly<Record<string, string>>;

/** What a service is started with: one store setup for each node. */
export interface ServiceSetup {
  readonly stores: readonly StoreSetup[];
  readonly random: SeededRandom;
  readonly policy?: PolicyOption;
  /** How far the clock of each node is from that of the store; 0 where nothing is said. */
  readonly skewSeconds?: readonly number[];
}

const patienceMilliseconds = 10_000;
/** Most of them follow each other by a second. */
const maxTries = 40;
const maxStoryLines = 120;

/** Nodes, and what their clients have in common: each request goes to the next node, a failed one to another. */
export class Service {
  readonly random: SeededRandom;
  /** Requests that had an answer, and what was wrong with the others. */
  readonly counts = { answered: 0, unavailable: 0, unreachable: 0 };
  /** Answers that no client should see: another status, a 503 without Retry-After. */
  readonly unexpected: string[] = [];
  readonly #setup: ServiceSetup;
  readonly #nodes: PawlNode[] = [];
  readonly #stories = new Map<string, string[]>();
  readonly #waiting = new Set<() => void>();
  #next = 0;
  #movedSeconds = 0;

  private constructor(setup: ServiceSetup) {
    this.#setup = setup;
    this.random = setup.random;
  }

  static async start(setup: ServiceSetup): Promise<Service> {
    const service = new Service(setup);
    await Promise.all(setup.stores.map((_, index) => service.startNode(index)));
    return service;
  }

  get lastErrors(): string {
    return this.#nodes.map(({ lastError }) => lastError).join('; ');
  }

  get size(): number {
    return this.#nodes.length;
  }

  /** Starts a node, in the place of the one that had this number. */
  async startNode(index: number): Promise<void> {
    const store = this.#setup.stores[index];
    if (store === undefined) throw new Error(`there is no setup for node ${index}`);
    const { policy = 'balanced' } = this.#setup;
    this.#nodes[index] = await PawlNode.start({ store, policy, clocks: this.#clocksOf(index) }, (event) =>
      this.#report(index, event),
    );
  }

  async killNode(index: number): Promise<void> {
    await this.#nodes[index]?.kill();
  }

  /** Moves the clocks of all nodes, and of the store that they share. */
  async advance(seconds: number): Promise<void> {
    this.#movedSeconds += seconds;
    await Promise.all(this.#nodes.map((node, index) => node.setClocks(this.#clocksOf(index))));
  }

  /**
   * Posts until somebody decided: after a 503 when Retry-After says so, after a failed connection soon, each time to another node
   * unless one is named.
   *
   * @param makeBody - asked before each try
   * @param onFailure - called after each try that was in vain
   */
  async post(
    path: string,
    makeBody: () => Body,
    only?: number,
    onFailure: () => void = () => undefined,
  ): Promise<NonNullable<Answer>> {
    this.#next += 1;
    const first = this.#next;
    for (let node = first; node < first + maxTries; node += 1) {
      const answer = await this.postOnce(path, makeBody(), only ?? node % this.size);
      if (answer !== null && answer.status < 500) return answer;
      onFailure();
      this.changed();
      await pause(answer === null ? 20 + this.random.below(80) : 1000 * (answer.retryAfterSeconds ?? 1));
    }
    throw new Error(`gave up ${path} after ${maxTries} tries; last errors of the nodes: ${this.lastErrors}`);
  }

  /** One request to one node. */
  async postOnce(path: string, body: Body, index: number): Promise<Answer> {
    const answer = await this.#send(`${this.#nodes[index]?.address ?? ''}${path}`, body);
    this.#count(index, path, answer);
    this.changed();
    return answer;
  }

  /** Something happened that somebody may wait for. */
  changed(): void {
    for (const check of [...this.#waiting]) check();
  }

  /** Resolves when this holds after an answer or another change. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (!holds()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
    });
  }

  /** Adds a line to what is known of a session. */
  tell(sessionId: string, line: string): void {
    const story = this.#stories.get(sessionId) ?? [];
    story.push(`${performance.now().toFixed(0)} ${line}`);
    if (story.length > maxStoryLines) story.shift();
    this.#stories.set(sessionId, story);
  }

  story(sessionId: string): string {
    return (this.#stories.get(sessionId) ?? []).join('\n');
  }

  #clocksOf(index: number): Clocks {
    const storeOffsetSeconds = this.#movedSeconds;
    const nodeOffsetSeconds = storeOffsetSeconds + (this.#setup.skewSeconds?.[index] ?? 0);
    return { nodeOffsetSeconds, storeOffsetSeconds };
  }

  async #send(address: string, body: Body): Promise<Answer> {
    try {
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(patienceMilliseconds),
      });
      const text = await response.text();
      const retryAfter = response.headers.get('retry-after');
      return {
        status: response.status,
        body: text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>),
        outcome: response.headers.get('pawl-refresh'),
        retryAfterSeconds: retryAfter === null ? null : Number(retryAfter),
      };
    } catch {
      return null;
    }
  }

  #count(index: number, path: string, answer: Answer): void {
    if (answer === null) this.counts.unreachable += 1;
    else if (answer.status === 503) this.counts.unavailable += 1;
    else this.counts.answered += 1;
    if (answer === null || [200, 204, 400].includes(answer.status)) return;
    if (answer.status === 503 && (answer.retryAfterSeconds ?? 0) > 0) return;
    this.unexpected.push(`node ${index}, ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  #report(index: number, event: PawlEvent): void {
    if (!('sessionId' in event) || event.sessionId === null) return;
    const { type, sessionId, at, ...facts } = event;
    this.tell(sessionId, `  node ${index} at ${at.toFixed(3)}: ${type} ${JSON.stringify(facts)}`);
  }
}
