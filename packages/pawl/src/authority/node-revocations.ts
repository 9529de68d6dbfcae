import { followStore, type StoreRevocations } from '../revocations/index.js';
import type { Context } from './context.js';

/** The revocations of a node, which follows the feed of its store from when somebody asks for them first: who never does pays nothing. */
export class NodeRevocations {
  readonly #context: Context;
  readonly #onError: (error: unknown) => void;
  #followed: StoreRevocations | null = null;

  constructor(context: Context, onError: (error: unknown) => void) {
    this.#context = context;
    this.#onError = onError;
  }

  get followed(): StoreRevocations {
    const { options, store } = this.#context;
    this.#followed ??= followStore(store.revocations, {
      retentionSeconds: options.revocationRetentionSeconds,
      clock: this.#context,
      onError: this.#onError,
    });
    return this.#followed;
  }

  async close(): Promise<void> {
    await this.#followed?.close();
  }
}
