import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Target } from '../load/messages.js';
import { grantOf, presentOnce } from '../load/present.js';
import { required } from '../required.js';
import { seededRandom } from '../seeded-random.js';
import type { FileEffort } from './effort.js';
import { SharedFile } from './shared-file.js';

/** What became of agents that share one credential in a file. */
export interface FileCounts {
  readonly calls: number;
  readonly answered: number;
  /** Calls that took longer than was meant, so that their token may have been older than the window. */
  readonly late: number;
  /** Whether the token that is in the file at the end works. */
  readonly isLoggedOut: boolean;
}

/** How one fleet runs. */
export interface FileOrder extends FileEffort {
  readonly folder: string;
  readonly windowSeconds: number;
  readonly refreshToken: string;
  /** Of this fleet alone. */
  readonly seed: number;
}

/** Runs the agents of one fleet side by side, and then looks whether the token in the file works. */
export async function runFileFleet(target: Target, order: FileOrder): Promise<FileCounts> {
  const file = new SharedFile(path.join(order.folder, `credential-${order.seed}.json`), order.refreshToken);
  const agents = Array.from({ length: order.agents }, (_, agent) => runAgent(target, order, file, agent));
  const counts = await Promise.all(agents);
  const sum = (of: (one: AgentCounts) => number): number => counts.reduce((total, one) => total + of(one), 0);
  const last = await presentOnce(target, required(target.ports[0]), file.read().refreshToken);
  return {
    calls: sum(({ calls }) => calls),
    answered: sum(({ answered }) => answered),
    late: sum(({ late }) => late),
    isLoggedOut: grantOf(last) === null,
  };
}

type AgentCounts = Omit<FileCounts, 'isLoggedOut'>;

async function runAgent(
  target: Target,
  order: FileOrder,
  file: SharedFile,
  agent: number,
): Promise<AgentCounts> {
  const { durationSeconds, sleepSeconds, mostDelaySeconds, windowSeconds } = order;
  const random = seededRandom(order.seed * 1000 + agent);
  const port = required(target.ports[agent % target.ports.length]);
  const counts = { calls: 0, answered: 0, late: 0 };
  const endsAt = performance.now() + durationSeconds * 1000;
  // They do not begin together.
  let sleep = sleepSeconds * random();
  while (performance.now() + sleep * 1000 < endsAt) {
    await pause(sleep * 1000);
    const readAt = performance.now();
    const { refreshToken } = file.read();
    await pause(mostDelaySeconds * random() * 1000);
    const granted = grantOf(await presentOnce(target, port, refreshToken));
    counts.calls++;
    // The token was replaced after it was read, or at most some milliseconds before.
    if (performance.now() - readAt > 0.8 * windowSeconds * 1000) counts.late++;
    if (granted !== null) {
      counts.answered++;
      const { refresh_token, refresh_generation = 0, refresh_fork = 0 } = granted;
      file.offer({ refreshToken: refresh_token, generation: refresh_generation, fork: refresh_fork });
    }
    sleep = sleepSeconds * (0.5 + random());
  }
  return counts;
}
