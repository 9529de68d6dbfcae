import type { Device } from './device.js';
import { createIssuerClock, type IssuerClock } from './issuer-clock.js';
import type { ResolvedClientOptions } from './options.js';
import { type SessionRecord, type SessionState, stateOf } from './session-record.js';
import type { ClientStorage } from './storage.js';

/** What the parts of one client share. */
export interface ClientContext {
  readonly options: ResolvedClientOptions;
  readonly storage: ClientStorage;
  readonly device: Device;
  readonly clock: IssuerClock;
  /** The last server nonce of each origin, RFC 9449 §8. */
  readonly nonces: Map<string, string>;
  /** The newest record that this client has seen in the storage, and the only one whose tokens it uses. */
  readonly record: () => SessionRecord | null;
  /** Takes over what is stored now. */
  readonly reload: () => Promise<SessionRecord | null>;
  /** Stores a record that `build` makes from the newest one, until no other client was quicker; null leaves it as it is. */
  readonly store: (build: (newest: SessionRecord | null) => Draft | null) => Promise<void>;
  readonly onRecord: (listener: (record: SessionRecord | null) => void) => () => void;
  readonly onState: (listener: (state: SessionState) => void) => () => void;
  /** The refresh under way, which everybody of this client joins. */
  refreshing: Promise<void> | null;
  /** How many tries in a row the issuer left without a usable answer. */
  failures: number;
  /** Before this instant of the steady clock the issuer is not asked again. */
  askAgainAt: number;
}

type WithoutPlace<T> = T extends unknown ? Omit<T, 'revision' | 'clockAheadSeconds'> : never;

/** A record before it has its place in the storage. */
export type Draft = WithoutPlace<SessionRecord>;

export function createContext(
  options: ResolvedClientOptions,
  storage: ClientStorage,
  device: Device,
): ClientContext {
  const clock = createIssuerClock(device);
  const recordListeners = new Set<(record: SessionRecord | null) => void>();
  const stateListeners = new Set<(state: SessionState) => void>();
  let current: SessionRecord | null = null;
  let adoptions = 0;

  function adopt(record: SessionRecord | null): SessionRecord | null {
    const before = current;
    // A read that was under way while a newer record was stored must not bring the older one back.
    if (before !== null && record !== null && record.revision <= before.revision) return before;
    current = record;
    adoptions += 1;
    if (before === null && record !== null) clock.observe(device.wallSeconds() + record.clockAheadSeconds);
    for (const listener of recordListeners) listener(record);
    const state = stateOf(record);
    if (JSON.stringify(state) !== JSON.stringify(stateOf(before))) {
      for (const listener of stateListeners) listener(state);
    }
    return record;
  }
  async function reload(): Promise<SessionRecord | null> {
    for (;;) {
      const seen = adoptions;
      const record = await storage.load();
      // Nothing was stored when the read began, but something may be now.
      if (record !== null || seen === adoptions) return adopt(record);
    }
  }
  return {
    options,
    storage,
    device,
    clock,
    nonces: new Map(),
    record: () => current,
    reload,
    async store(build) {
      for (;;) {
        const newest = await reload();
        const draft = build(newest);
        if (draft === null) return;
        const revision = (newest?.revision ?? 0) + 1;
        const record = { ...draft, revision, clockAheadSeconds: clock.aheadSeconds() };
        if (await storage.replace(revision - 1, record)) {
          adopt(record);
          return;
        }
      }
    },
    onRecord: (listener) => subscribe(recordListeners, listener),
    onState: (listener) => subscribe(stateListeners, listener),
    refreshing: null,
    failures: 0,
    askAgainAt: 0,
  };
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
