import path from 'node:path';
import { systemClock } from 'pawl';
import type { SessionStore } from 'pawl/stores';
import { createMemoryStore } from 'pawl/stores/memory';
import { openSqliteStore } from 'pawl/stores/sqlite';
import { createMapStore, type LimitStore, openSqliteLimitStore } from '../limit-store.js';
import { loadSqlite } from '../sqlite-driver.js';
import { addSessions, newSessions, rotate } from '../stored-session.js';
import type { Comparison } from './compare.js';

const groupSize = 64;

/** One rotation among as many as come in one turn of the event loop, against the guarded write of one number. */
export async function storeComparisons(folder: string): Promise<readonly Comparison[]> {
  const sqlite = await openSqliteStore({
    path: path.join(folder, 'pawl.sqlite'),
    driver: await loadSqlite(),
  });
  return [
    await comparison('memory', createMemoryStore().sessions, createMapStore()),
    await comparison('SQLite, synced', sqlite.sessions, await openSqliteLimitStore(folder, true)),
  ];
}

async function comparison(kind: string, sessions: SessionStore, limit: LimitStore): Promise<Comparison> {
  const now = systemClock.now();
  const group = await addSessions(sessions, newSessions(0, groupSize, now));
  const ids = group.map((_, id) => id);
  await Promise.all(ids.map((id) => limit.add(id)));
  let version = 0;
  return {
    name: `rotate, ${kind}, ${groupSize} at once`,
    reference: 'guarded update of one number',
    stepsPerCall: groupSize,
    run: () => rotate(sessions, group, systemClock.now()),
    async runReference() {
      await Promise.all(ids.map((id) => limit.advance(id, version)));
      version++;
    },
  };
}
