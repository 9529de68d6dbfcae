import { startPostgres } from '../../testbed/src/postgres-server.js';
import { startRedis } from '../../testbed/src/redis-server.js';

/** Database servers that a candidate may need: real ones, private to the bench. */
export type DatabaseKind = 'redis' | 'postgres';

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  /** Only of PostgreSQL, which trusts everybody there. */
  readonly user?: string;
  readonly database?: string;
}

/** A database server of one candidate, so that its CPU time can be told from that of the others. */
export interface Database {
  readonly address: DatabaseAddress;
  /** Its first process; what it starts is below that. */
  readonly pid: number;
  end(): Promise<void>;
}

/** @param folder - where its files are */
export async function startDatabase(kind: DatabaseKind, folder: string): Promise<Database> {
  return starters[kind](folder);
}

const starters: Readonly<Record<DatabaseKind, (folder: string) => Promise<Database>>> = {
  async redis(folder) {
    const { host, port, process } = await startRedis({ folder });
    return { address: { host, port }, pid: process.pid, end: () => process.end() };
  },
  // As installed: `synchronous_commit` and `fsync` are on.
  async postgres(folder) {
    const { host, port, user, database, process } = await startPostgres({ folder });
    return { address: { host, port, user, database }, pid: process.pid, end: () => process.end('SIGINT') };
  },
};
