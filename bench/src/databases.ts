import { existsSync } from 'node:fs';
import { requireProgram } from '../../testbed/src/program.js';
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

const programs = { redis: ['redis-server'], postgres: ['postgres', 'initdb'] } as const;

/** Why a database server cannot run or be measured here, after an attempt to install what is missing; null when it can. */
export function reasonAgainst(kind: DatabaseKind): string | null {
  // Without it the CPU time of other processes cannot be read.
  if (!existsSync('/proc/self/stat')) return 'this system has no /proc';
  try {
    for (const program of programs[kind]) requireProgram(program);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * @param folder - where its files are
 * @param connections - the most that it takes, for PostgreSQL. Default: as installed
 */
export async function startDatabase(
  kind: DatabaseKind,
  folder: string,
  connections?: number,
): Promise<Database> {
  return starters[kind](folder, connections);
}

type Starter = (folder: string, connections?: number) => Promise<Database>;

const starters: Readonly<Record<DatabaseKind, Starter>> = {
  async redis(folder) {
    const { host, port, process } = await startRedis({ folder });
    return { address: { host, port }, pid: process.pid, end: () => process.end() };
  },
  // As installed: `synchronous_commit` and `fsync` are on.
  async postgres(folder, connections) {
    const settings = connections === undefined ? [] : [`max_connections=${connections}`];
    const { host, port, user, database, process } = await startPostgres({ folder, settings });
    return { address: { host, port, user, database }, pid: process.pid, end: () => process.end('SIGINT') };
  },
};
