import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Store } from '../../src/stores/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { openSqliteStore } from '../../src/stores/sqlite/index.js';

/** An empty folder that goes when the running test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pawl-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

async function openTemporarySqlite(): Promise<Store> {
  const store = await openSqliteStore({ path: path.join(temporaryFolder(), 'pawl.db') });
  onTestFinished(() => store.close());
  return store;
}

/** The stores that the authority is tested on. */
export const storeKinds: readonly { readonly kind: string; readonly openStore: () => Promise<Store> }[] = [
  { kind: 'memory', openStore: () => Promise.resolve(createMemoryStore()) },
  { kind: 'sqlite', openStore: openTemporarySqlite },
];
