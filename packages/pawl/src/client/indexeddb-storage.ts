import type { Device } from './device.js';
import { type IdbFactory, transact } from './indexeddb.js';
import { withLease } from './lease.js';
import type { SessionRecord } from './session-record.js';
import type { ClientStorage } from './storage.js';

/** What a browser offers, by its shape. Web Locks and BroadcastChannel may be missing. */
export interface Browser {
  readonly indexedDB: IdbFactory;
  readonly navigator?: {
    readonly locks?: { request<T>(name: string, work: () => Promise<T>): Promise<T> };
  };
  readonly BroadcastChannel?: new (
    name: string,
  ) => { onmessage: (() => void) | null; postMessage(message: unknown): void; close(): void };
}

/** The record of one issuer in IndexedDB, shared by the tabs of an origin. */
export function createIndexedDbStorage(browser: Browser, device: Device, issuer: string): ClientStorage {
  const { indexedDB, navigator, BroadcastChannel } = browser;
  const name = `pawl ${issuer}`;
  const channel = BroadcastChannel && new BroadcastChannel(name);
  return {
    holdsKeyHandles: true,
    async load() {
      let record: SessionRecord | undefined;
      await transact(indexedDB, 'readonly', (store) => {
        const reading = store.get(issuer);
        reading.onsuccess = () => (record = reading.result as SessionRecord | undefined);
      });
      return record ?? null;
    },
    async replace(expectedRevision, next) {
      let replaced = false as boolean;
      await transact(indexedDB, 'readwrite', (store) => {
        const reading = store.get(issuer);
        reading.onsuccess = () => {
          const record = reading.result as SessionRecord | undefined;
          replaced = (record?.revision ?? 0) === expectedRevision;
          if (replaced) store.put(next, issuer);
        };
      });
      // The others read what is stored: no token is ever in a message.
      if (replaced) channel?.postMessage(0);
      return replaced;
    },
    lock: (work) => navigator?.locks?.request(name, work) ?? withLease({ indexedDB, device, name }, work),
    watch(listener) {
      if (channel) channel.onmessage = listener;
      return () => channel?.close();
    },
  };
}
