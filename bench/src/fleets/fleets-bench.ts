import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { choose } from '../available.js';
import type { BenchResult } from '../http-bench.js';
import type { Target } from '../load/messages.js';
import type { MachineFacts } from '../machine.js';
import type { Options } from '../options.js';
import { machineSentence } from '../report.js';
import { required } from '../required.js';
import { Stand } from '../stand.js';
import { type Effort, full, quick } from './effort.js';
import { runFileFleet } from './file-fleet.js';
import { type FleetServer, fleetServers, isPawl } from './fleet-servers.js';
import { type FleetRun, filesTable, overdueTable, withinTable } from './fleet-tables.js';
import { presentWithGaps } from './trains.js';

/** What servers do when several agents share one credential, with seconds and not milliseconds between their refreshes. */
export async function fleetsBench(
  options: Options,
  folder: string,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<BenchResult> {
  const effort = options.quick ? quick : full;
  const all = fleetServers(effort);
  const { candidates, missing } = choose(
    all.map(({ candidate }) => candidate),
    options.only,
  );
  for (const sentence of missing) say(sentence);
  const servers = all.filter(({ candidate }) => candidates.includes(candidate));
  const runs = await runAll(servers, effort, options, folder, say);
  for (const run of runs) if (isPawl(run.server)) check(run);
  const { files, sessions, window } = effort;
  const conditions =
    `${sessions} sessions for each number of agents and each gap. ${files.fleets} fleets of ${files.agents} agents share a file, for ` +
    `${files.durationSeconds} s; an agent sleeps for ${files.sleepSeconds} s on average and waits for up to ${files.mostDelaySeconds} s ` +
    `between reading the file and refreshing. All at the same time, seed ${options.seed}. ${machineSentence(facts)}`;
  const paragraphs = [
    withinTable(runs),
    overdueTable(runs, window.windowSeconds),
    filesTable(runs),
    ...missing,
    conditions,
  ];
  return { section: 'fleets', markdown: paragraphs.join('\n\n'), figures: runs };
}

/** All servers side by side: nearly all of the time is spent on waiting. */
async function runAll(
  servers: readonly FleetServer[],
  effort: Effort,
  options: Options,
  folder: string,
  say: (line: string) => void,
): Promise<readonly FleetRun[]> {
  const { files, presentations, longWindow } = effort;
  const trains =
    presentations.length * Math.max(effort.window.gapsSeconds.length, longWindow.gapsSeconds.length);
  const stand = new Stand();
  try {
    const targets = await stand.start(
      servers.map(({ candidate }) => candidate),
      { folder, profile: false, sessions: trains * effort.sessions + files.fleets },
    );
    say(`${servers.length} servers run`);
    return await Promise.all(
      servers.map(async (server, index) => {
        const run = await runServer(server, required(targets[index]), effort, options.seed, folder);
        say(server.candidate.name);
        return run;
      }),
    );
  } finally {
    await stand.close();
  }
}

async function runServer(
  server: FleetServer,
  target: Target,
  { sessions, presentations, files }: Effort,
  seed: number,
  parent: string,
): Promise<FleetRun> {
  const { windowSeconds, gapsSeconds, hasFiles } = server;
  const unused = [...target.refreshTokens];
  const orders = presentations.flatMap((count) =>
    gapsSeconds.map((gapSeconds) => ({
      ...{ presentations: count, gapSeconds, windowSeconds },
      refreshTokens: unused.splice(0, sessions),
    })),
  );
  const fleetTokens = hasFiles ? unused.splice(0, files.fleets) : [];
  const folder = path.join(parent, 'credentials', String(target.ports[0]));
  mkdirSync(folder, { recursive: true });
  const [trains, fileCounts] = await Promise.all([
    Promise.all(orders.map((order) => presentWithGaps(target, order))),
    Promise.all(
      fleetTokens.map((refreshToken, fleet) =>
        runFileFleet(target, { ...files, folder, windowSeconds, refreshToken, seed: seed * 100 + fleet }),
      ),
    ),
  ]);
  return { server, trains, files: fileCounts };
}

/** Throws when Pawl refused a presentation inside its window or answered one after it. */
function check({ server, trains, files }: FleetRun): void {
  const { name } = server.candidate;
  for (const { gapSeconds, presentations, within, after, inTime, overdue } of trains) {
    const what = `${name}, ${presentations} agents ${gapSeconds} s apart`;
    if (within.answered !== within.presented) {
      throw new Error(`${what}: ${within.presented - within.answered} were refused inside the window`);
    }
    if (inTime.loggedOut > 0 || inTime.split > 0) {
      throw new Error(`${what}: ${inTime.loggedOut} sessions logged out and ${inTime.split} split`);
    }
    if (after.answered > 0 || overdue.loggedOut !== overdue.sessions) {
      throw new Error(`${what}: a retired token was answered after the window`);
    }
  }
  // Of a fleet that the machine held up, nothing can be asked.
  for (const { calls, answered, isLoggedOut } of files.filter(({ late }) => late === 0)) {
    if (answered !== calls || isLoggedOut) {
      throw new Error(`${name}: ${calls - answered} agents that share a file were refused`);
    }
  }
}
