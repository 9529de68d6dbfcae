import { Redis } from 'ioredis';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Candidate } from '../candidates.js';
import { openPool } from '../postgres-pool.js';
import { required } from '../required.js';
import { tableBytes, usedMemoryBytes } from '../size/database-bytes.js';
import type { Place } from '../stand.js';

/** What the store of a running candidate takes, over a connection of its own. */
export interface StoreMeter {
  bytes(): Promise<number>;
  close(): Promise<void>;
}

/** For candidates on SQLite, Redis and PostgreSQL: the others keep nothing that outlives them. */
export function openStoreMeter(kind: Candidate['database'], { folder, database }: Place): StoreMeter {
  if (kind === null) return { bytes: async () => bytesOfFiles(folder), close: async () => undefined };
  if (kind === 'redis') {
    const client = new Redis(required(database));
    return {
      bytes: () => usedMemoryBytes(client),
      async close() {
        await client.quit();
      },
    };
  }
  const pool = openPool(required(database), { max: 1 });
  return { bytes: () => tableBytes(pool), close: () => pool.end() };
}

/** The file of SQLite and those beside it. */
function bytesOfFiles(folder: string): number {
  return readdirSync(folder).reduce((total, name) => total + statSync(path.join(folder, name)).size, 0);
}
