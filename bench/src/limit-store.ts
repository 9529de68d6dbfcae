import path from 'node:path';
import { loadSqlite } from './sqlite-driver.js';

/** The least that a store of rotations can be: one number per session, moved forward by a guarded write. */
export interface LimitStore {
  add(id: number): Promise<void>;
  /** Resolves to whether the session's version was `version`; it is one higher then. */
  advance(id: number, version: number): Promise<boolean>;
  close(): Promise<void>;
}

export function createMapStore(): LimitStore {
  const versions = new Map<number, number>();
  return {
    add: async (id) => void versions.set(id, 0),
    async advance(id, version) {
      if (versions.get(id) !== version) return false;
      versions.set(id, version + 1);
      return true;
    },
    close: async () => versions.clear(),
  };
}

interface Waiting {
  readonly id: number;
  readonly version: number;
  readonly resolve: (advanced: boolean) => void;
}

/** Every commit is synced to disk. `grouped`: the writes of one turn of the event loop share one. */
export async function openSqliteLimitStore(folder: string, grouped: boolean): Promise<LimitStore> {
  const { DatabaseSync } = await loadSqlite();
  const database = new DatabaseSync(path.join(folder, 'limit.sqlite'));
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  database.exec('create table sessions (id integer primary key, version integer not null) strict');
  const insert = database.prepare('insert into sessions (id, version) values (?, 0)');
  const update = database.prepare('update sessions set version = version + 1 where id = ? and version = ?');
  let waiting: Waiting[] = [];

  function flush(): void {
    const batch = waiting;
    waiting = [];
    database.exec('begin immediate');
    const changes = batch.map(({ id, version }) => update.run(id, version) as { readonly changes: number });
    database.exec('commit');
    batch.forEach(({ resolve }, index) => resolve(changes[index]?.changes === 1));
  }

  return {
    add: async (id) => void insert.run(id),
    advance: (id, version) =>
      new Promise((resolve) => {
        waiting.push({ id, version, resolve });
        if (!grouped) flush();
        else if (waiting.length === 1) setImmediate(flush);
      }),
    close: async () => database.close(),
  };
}
