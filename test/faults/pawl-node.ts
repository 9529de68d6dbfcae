import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { PawlEvent, PolicyOption } from 'pawl';
import { onTestFinished } from 'vitest';
import { bundledScript } from '../../testbed/src/vitest/bundled-script.js';
import type { StoreSetup } from './node-store.js';

/** What a node is started with. */
export interface NodeSetup {
  readonly store: StoreSetup;
  readonly policy: PolicyOption;
  readonly clocks: Clocks;
}

/** How far the clocks that a node reads are from that of the machine. */
export interface Clocks {
  /** Of the machine that the node believes to run on. */
  readonly nodeOffsetSeconds: number;
  /** Of the server of its store. */
  readonly storeOffsetSeconds: number;
}

/** What a node tells the test. */
export type NodeMessage =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'clocks-set' }
  /** What was answered with a status from 500. */
  | { readonly kind: 'error'; readonly text: string }
  | { readonly kind: 'event'; readonly event: PawlEvent };

const program = new URL('./node-worker.ts', import.meta.url);

/** A node of Pawl in a process of its own. It ends with the test at the latest. */
export class PawlNode {
  readonly address: string;
  /** The newest error that was answered with a status from 500. */
  lastError = 'none';
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.address = `http://127.0.0.1:${port}`;
    child.on('message', (message: NodeMessage) => {
      if (message.kind === 'error') this.lastError = message.text;
    });
  }

  /** @param onEvent - receives what the node's authority reports */
  static async start(setup: NodeSetup, onEvent: (event: PawlEvent) => void): Promise<PawlNode> {
    const child = fork(await bundledScript(program), [JSON.stringify(setup)]);
    const port = await new Promise<number>((resolve, reject) => {
      child.on('message', (message: NodeMessage) => {
        if (message.kind === 'event') onEvent(message.event);
        if (message.kind === 'listening') resolve(message.port);
      });
      child.once('exit', (code) => reject(new Error(`the node ended with ${String(code)}`)));
    });
    const node = new PawlNode(child, port);
    onTestFinished(() => node.kill());
    return node;
  }

  /** Ends the process without a farewell. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Moves the clocks that it reads. */
  async setClocks(clocks: Clocks): Promise<void> {
    await new Promise<void>((resolve) => {
      const listen = (message: NodeMessage): void => {
        if (message.kind !== 'clocks-set') return;
        this.#child.off('message', listen);
        resolve();
      };
      this.#child.on('message', listen).send(clocks);
    });
  }
}
