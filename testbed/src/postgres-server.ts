import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { freePort } from './free-port.js';
import { requireProgram } from './program.js';
import { ServerProcess } from './server-process.js';
import { temporaryFolder } from './temporary-folder.js';
import { waitUntil } from './wait-until.js';

/** What a private PostgreSQL is started with. */
export interface PostgresSetup {
  /** Settings of postgresql.conf, `fsync=off`. Default: those of a fresh installation. */
  readonly settings?: readonly string[];
  /** Where its files are; a server started again there finds them. */
  readonly folder?: string;
  readonly port?: number;
}

/** A private PostgreSQL on a loopback port, which trusts everybody there. */
export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  /** The superuser. */
  readonly user: string;
  /** An empty database. */
  readonly database: string;
  readonly folder: string;
  /** Its first process; each connection has one more. SIGINT ends its sessions and shuts it down. */
  readonly process: ServerProcess;
  /** Stops all its processes in their tracks. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Kills all its processes at once: what only its memory held is lost. */
  readonly crash: () => Promise<void>;
  /** Shuts it down in order and removes its files, which are 40 MB. */
  readonly remove: () => Promise<void>;
}

const host = '127.0.0.1';
const user = 'postgres';

export async function startPostgres(setup: PostgresSetup = {}): Promise<PostgresServer> {
  const folder = setup.folder ?? temporaryFolder('postgres');
  const port = setup.port ?? (await freePort());
  const owner = serverOwner();
  createCluster(folder, owner);
  const settings = (setup.settings ?? []).flatMap((setting) => ['-c', setting]);
  const process = await ServerProcess.start({
    program: requireProgram('postgres'),
    args: ['-D', folder, '-p', String(port), '-h', host, '-k', folder, ...settings],
    readyText: 'database system is ready to accept connections',
    ...(owner === null ? {} : { user: owner }),
  });
  const others = (): number[] => childrenOf(process.pid);
  // The first stops first and goes on last: between, it starts no process that would be missed.
  const freeze = (): void => {
    process.freeze();
    signalAll(others(), 'SIGSTOP');
  };
  return {
    ...{ host, port, user, database: 'postgres', folder, process, freeze },
    thaw: () => {
      signalAll(others(), 'SIGCONT');
      process.thaw();
    },
    crash: async () => {
      // One that saw the others go would shut down in order.
      freeze();
      const killed = others();
      signalAll(killed, 'SIGKILL');
      await process.end('SIGKILL');
      // Until then they hold the shared memory, with which no new server starts.
      await waitUntil('the processes of PostgreSQL are gone', () => killed.every(isGone));
    },
    remove: async () => {
      await process.end('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function childrenOf(pid: number): number[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return listed.split(' ').filter(Boolean).map(Number);
}

/** Whether a process has ended; it may still be listed until somebody asks how it went. */
function isGone(pid: number): boolean {
  try {
    return /\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) process.kill(pid, signal);
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: there it runs as the user that Debian's package makes for it. */
function serverOwner(): Owner | null {
  if (process.getuid?.() !== 0) return null;
  const entry = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  if (entry === null) throw new Error('as root, PostgreSQL needs a user named postgres to run as');
  return { uid: Number(entry[1]), gid: Number(entry[2]) };
}

function createCluster(folder: string, owner: Owner | null): void {
  if (existsSync(path.join(folder, 'PG_VERSION'))) return;
  if (owner !== null) chownSync(folder, owner.uid, owner.gid);
  const { status, stderr } = spawnSync(
    requireProgram('initdb'),
    [
      '-D',
      folder,
      '-U',
      user,
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
    ],
    { encoding: 'utf8', cwd: folder, ...owner },
  );
  if (status !== 0) throw new Error(`initdb failed:\n${stderr}`);
}
