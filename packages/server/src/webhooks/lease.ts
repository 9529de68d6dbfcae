import type { DocumentStore, StoredDocument } from 'pawl/stores';
import { collection } from './collection.js';

/** How long a server that is gone keeps the others from its work. */
export const leaseSeconds = 10;

const key = 'lease';

/** What a lease that nobody holds says. */
const nobody = '';

/** The right to do a work that one server at a time should do. */
export interface Lease {
  /** Renews it, or takes it when it is free. Resolves to whether it is held. @throws PawlError `store_unavailable` */
  keep(): Promise<boolean>;
  /** Whether it is held for sure: nobody else can have it yet. */
  isHeld(): boolean;
  /** Gives it away, so that nobody has to wait. @throws PawlError `store_unavailable` */
  release(): Promise<void>;
}

/**
 * A lease over a document. Whoever wants it watches the document: unchanged for `leaseSeconds`, its holder is gone. Each server measures with
 * its own clock from what it has seen itself, so clocks that differ do no harm.
 *
 * @param holder - a text that no other server has
 * @param monotonicSeconds - a clock that only runs forward
 */
export function createLease(documents: DocumentStore, holder: string, monotonicSeconds: () => number): Lease {
  let mine: { readonly version: number; readonly since: number } | null = null;
  let watched: { readonly version: number; readonly since: number } | null = null;

  async function write(version: number, value: string, since: number): Promise<boolean> {
    if (!(await documents.write(collection, key, version, value))) return false;
    mine = { version: version + 1, since };
    return true;
  }

  /** Of an earlier call whose answer was lost, or let go, or not renewed by its holder for too long. */
  function isFree(document: StoredDocument, now: number): boolean {
    if (document.value === nobody || document.value === holder) return true;
    if (watched?.version !== document.version) watched = { version: document.version, since: now };
    return now - watched.since >= leaseSeconds;
  }

  return {
    async keep() {
      const startedAt = monotonicSeconds();
      if (mine !== null && (await write(mine.version, holder, startedAt))) return true;
      mine = null;
      const document = await documents.read(collection, key);
      if (document === null) return write(0, holder, startedAt);
      return isFree(document, monotonicSeconds()) && write(document.version, holder, startedAt);
    },

    isHeld: () => mine !== null && monotonicSeconds() - mine.since < leaseSeconds,

    async release() {
      const held = mine;
      mine = null;
      if (held !== null) await documents.write(collection, key, held.version, nobody);
    },
  };
}
