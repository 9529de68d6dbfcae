import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Candidate } from './candidates.js';
import { Child } from './child.js';
import { type Database, type DatabaseAddress, startDatabase } from './databases.js';
import type { AtOnceCounts, LoadOrder, LoadReport, Target } from './load/messages.js';
import { cpuMicrosecondsOfTree, privateBytesOfTree } from './process-usage.js';
import { required } from './required.js';
import { resultsFolder } from './results-folder.js';
import type { ServerOrder, ServerReport } from './servers/messages.js';

/** One round of one candidate. */
export interface Measurement {
  readonly requests: number;
  readonly refreshesPerSecond: number;
  /** User and system time per request of the server process, all its threads. */
  readonly serverCpuMicroseconds: number;
  /** The same of the database server, all its processes; 0 when there is none. */
  readonly databaseCpuMicroseconds: number;
  readonly loadCpuMicroseconds: number;
  readonly serverResidentBytes: number;
}

/** Where a candidate keeps its sessions. */
export interface Place {
  readonly folder: string;
  readonly database: DatabaseAddress | null;
}

/** How candidates are started. */
export interface StandSetup {
  readonly sessions: number;
  readonly folder: string;
  readonly profile: boolean;
}

interface Usage {
  readonly serverCpuMicroseconds: number;
  readonly databaseCpuMicroseconds: number;
  readonly serverResidentBytes: number;
}

type ServerChild = Child<ServerOrder, ServerReport>;

interface Running {
  /** The first process. Only its use is measured: candidates of several are not. */
  readonly server: ServerChild;
  readonly others: readonly ServerChild[];
  readonly database: Database | null;
  readonly folder: string;
}

/** Candidates that run, each with its processes, and the process that loads them. */
export class Stand {
  #loadProcess: Child<LoadOrder, LoadReport> | null = null;
  readonly #running = new Map<string, Running>();

  /** Starts candidates side by side, and hands their sessions to the load generator. Throws when one cannot be started. */
  async add(candidates: readonly Candidate[], setup: StandSetup): Promise<void> {
    for (const target of await this.start(candidates, setup)) {
      expected(await this.#load.ask({ type: 'target', target }), 'done');
    }
  }

  /** Starts candidates side by side and logs their sessions in, which are the caller's. Throws when one cannot be started. */
  async start(candidates: readonly Candidate[], setup: StandSetup): Promise<readonly Target[]> {
    const starts = await Promise.allSettled(candidates.map((candidate) => this.#start(candidate, setup)));
    return starts.map((start) => {
      if (start.status === 'rejected') throw start.reason;
      return start.value;
    });
  }

  /** Loads one candidate. Throws when one of its answers was wrong. */
  async measure(name: string, seconds: number): Promise<Measurement> {
    const before = await this.#usage(name);
    const ran = expected(await this.#load.ask({ type: 'run', name, seconds }), 'ran');
    const after = await this.#usage(name);
    const { requests } = ran;
    return {
      requests,
      refreshesPerSecond: requests / ran.seconds,
      serverCpuMicroseconds: (after.serverCpuMicroseconds - before.serverCpuMicroseconds) / requests,
      databaseCpuMicroseconds: (after.databaseCpuMicroseconds - before.databaseCpuMicroseconds) / requests,
      loadCpuMicroseconds: ran.cpuMicroseconds / requests,
      serverResidentBytes: after.serverResidentBytes,
    };
  }

  /** Presents a retired token. Resolves to what it was answered, or throws when that breaks the rule. Ends a session. */
  async checkReuse({ name, reuse }: Candidate): Promise<string> {
    const { answer, refused } = expected(await this.#load.ask({ type: 'reuse', name }), 'reused');
    if (reuse === 'refused' && !refused)
      throw new Error(`${name}: a retired token was answered with ${answer}`);
    return answer;
  }

  /** Presents the fresh tokens of some sessions `presentations` times at once each. */
  async presentAtOnce(
    name: string,
    order: Omit<Extract<LoadOrder, { type: 'at-once' }>, 'type' | 'name'>,
  ): Promise<AtOnceCounts> {
    return expected(await this.#load.ask({ type: 'at-once', name, ...order }), 'presented').counts;
  }

  place(name: string): Place {
    const { folder, database } = required(this.#running.get(name));
    return { folder, database: database?.address ?? null };
  }

  /** Memory of the processes of a candidate's database server, without what they share; 0 when there is none. */
  databasePrivateBytes(name: string): number {
    const { database } = required(this.#running.get(name));
    return database === null ? 0 : privateBytesOfTree(database.pid);
  }

  async close(): Promise<void> {
    await this.#loadProcess?.stop();
    await Promise.all(
      [...this.#running.values()].map(async ({ server, others, database }) => {
        await Promise.all([server, ...others].map((process) => process.stop({ type: 'stop' })));
        await database?.end();
      }),
    );
  }

  /** Started when it is first needed. */
  get #load(): Child<LoadOrder, LoadReport> {
    this.#loadProcess ??= new Child('load/load', 'the load generator');
    return this.#loadProcess;
  }

  async #start(candidate: Candidate, setup: StandSetup): Promise<Target> {
    const { name, path: requestPath, format, expects } = candidate;
    const [folder, databaseFolder] = foldersOf(setup.folder, name);
    const database =
      candidate.database === null ? null : await startDatabase(candidate.database, databaseFolder);
    const [server, ...others] = Array.from({ length: candidate.processes }, () =>
      serverProcess(candidate, setup.profile),
    ) as [ServerChild, ...ServerChild[]];
    this.#running.set(name, { server, others, database, folder });
    const { variant } = candidate;
    const place = { type: 'start', variant, folder, database: database?.address ?? null } as const;
    const first = await started(server, { ...place, sessions: setup.sessions, issuer: null });
    const more = await Promise.all(
      others.map((other) => started(other, { ...place, sessions: 0, issuer: first.origin })),
    );
    const ports = [first, ...more].map(({ port }) => port);
    const { refreshTokens, publicKey } = first;
    return { name, ports, path: requestPath, format, expects, refreshTokens, publicKey };
  }

  async #usage(name: string): Promise<Usage> {
    const { server, database } = required(this.#running.get(name));
    const usage = await server.ask({ type: 'usage' });
    if (usage.type !== 'usage') throw new Error(`${name} did not report its usage`);
    return {
      serverCpuMicroseconds: usage.cpuMicroseconds,
      databaseCpuMicroseconds: database === null ? 0 : cpuMicrosecondsOfTree(database.pid),
      serverResidentBytes: usage.residentBytes,
    };
  }
}

function serverProcess({ program, name }: Candidate, isProfiled: boolean): ServerChild {
  return new Child(`servers/${program}`, name, isProfiled ? profileArguments(name) : []);
}

async function started(
  server: ServerChild,
  order: Extract<ServerOrder, { type: 'start' }>,
): Promise<Extract<ServerReport, { type: 'ready' }>> {
  const report = await server.ask(order);
  if (report.type !== 'ready') throw new Error('a server did not start');
  return report;
}

function expected<Type extends LoadReport['type']>(
  report: LoadReport,
  type: Type,
): Extract<LoadReport, { type: Type }> {
  if (report.type === 'failed') throw new Error(report.reason);
  if (report.type !== type) throw new Error(`the load generator reported ${report.type} instead of ${type}`);
  return report as Extract<LoadReport, { type: Type }>;
}

function foldersOf(parent: string, name: string): [string, string] {
  const folder = path.join(parent, fileNameOf(name));
  const databaseFolder = path.join(parent, `${fileNameOf(name)}.database`);
  mkdirSync(folder);
  mkdirSync(databaseFolder);
  return [folder, databaseFolder];
}

function fileNameOf(name: string): string {
  return name.replaceAll(/[^a-z0-9-]+/g, '-');
}

/** A folder each: every thread writes a file of its own. */
function profileArguments(name: string): string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${path.join(resultsFolder, 'profiles', fileNameOf(name))}`];
}
