import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Candidate } from './candidates.js';
import { Child } from './child.js';
import type { LoadOrder, LoadReport } from './load/messages.js';
import { resultsFolder } from './results-folder.js';
import type { ServerOrder, ServerReport } from './servers/messages.js';

/** One round of one candidate. */
export interface Measurement {
  readonly requests: number;
  readonly refreshesPerSecond: number;
  /** User and system time of the server process, all its threads. */
  readonly serverCpuMicroseconds: number;
  readonly loadCpuMicroseconds: number;
  readonly serverResidentBytes: number;
}

type Server = Child<ServerOrder, ServerReport>;
type Load = Child<LoadOrder, LoadReport>;

/** Candidates that run, each in its process, and the process that loads them. */
export class Stand {
  readonly #load: Load = new Child('load/load', 'the load generator');
  readonly #servers = new Map<string, Server>();

  /** Starts a candidate and logs its sessions in. */
  async add(
    candidate: Candidate,
    setup: { readonly sessions: number; readonly folder: string; readonly profile: boolean },
  ): Promise<void> {
    const server: Server = new Child(
      `servers/${candidate.program}`,
      candidate.name,
      setup.profile ? profileArguments(candidate.name) : [],
    );
    this.#servers.set(candidate.name, server);
    const folder = path.join(setup.folder, fileNameOf(candidate.name));
    mkdirSync(folder);
    const { variant, name, path: requestPath, format, expects } = candidate;
    const ready = await server.ask({ type: 'start', variant, sessions: setup.sessions, folder });
    if (ready.type !== 'ready') throw new Error(`${name} did not start`);
    const { port, refreshTokens, publicKey } = ready;
    const target = { name, port, path: requestPath, format, expects, refreshTokens, publicKey };
    accepted(await this.#load.ask({ type: 'target', target }));
  }

  /** Loads one candidate. Throws when one of its answers was wrong. */
  async measure(name: string, seconds: number): Promise<Measurement> {
    const before = await this.#usage(name);
    const ran = accepted(await this.#load.ask({ type: 'run', name, seconds }));
    const after = await this.#usage(name);
    if (ran.type !== 'ran') throw new Error(`the load generator did not run ${name}`);
    return {
      requests: ran.requests,
      refreshesPerSecond: ran.requests / ran.seconds,
      serverCpuMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / ran.requests,
      loadCpuMicroseconds: ran.cpuMicroseconds / ran.requests,
      serverResidentBytes: after.residentBytes,
    };
  }

  /** Throws when a retired token is not refused. Ends a session of the candidate. */
  async checkReuse(name: string): Promise<void> {
    accepted(await this.#load.ask({ type: 'reuse', name }));
  }

  async close(): Promise<void> {
    await this.#load.stop();
    await Promise.all([...this.#servers.values()].map((server) => server.stop({ type: 'stop' })));
  }

  async #usage(name: string): Promise<Extract<ServerReport, { type: 'usage' }>> {
    const usage = await this.#servers.get(name)?.ask({ type: 'usage' });
    if (usage?.type !== 'usage') throw new Error(`${name} did not report its usage`);
    return usage;
  }
}

function accepted(report: LoadReport): Exclude<LoadReport, { type: 'failed' }> {
  if (report.type === 'failed') throw new Error(report.reason);
  return report;
}

function fileNameOf(name: string): string {
  return name.replaceAll(/[^a-z0-9-]+/g, '-');
}

/** A folder each: every thread writes a file of its own. */
function profileArguments(name: string): string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${path.join(resultsFolder, 'profiles', fileNameOf(name))}`];
}
