import path from 'node:path';
import type { BenchResult } from '../http-bench.js';
import type { MachineFacts } from '../machine.js';
import { type Compared, compare } from '../micro/compare.js';
import type { Options } from '../options.js';
import { machineSentence } from '../report.js';
import { seededRandom } from '../seeded-random.js';
import { chooseStores, openBenchStore } from '../size/bench-store.js';
import { table } from '../table.js';
import { FilledStore } from './filled-store.js';
import { type RevokeAllCost, revokeAllCosts } from './revoke-all.js';

interface RotationCost extends Compared {
  readonly store: string;
  readonly sessions: number;
  readonly bytes: number;
}

const groupSize = 64;
const fewSessions = 1000;
const maxBytes = 8e9;
const rotationHead = ['store', 'sessions', 'bytes', 'rotation, µs', 'with 1,000 sessions, µs', 'ratio'];
const revokeHead = ['store', 'sessions of the subject', 'subjects', 'revoke all, µs'];

/**
 * What a rotation costs in a store with many sessions, against the same store with few, in turns, batch by batch; and what
 * ending every session of a subject costs by their number.
 */
export async function growthBench(
  options: Options,
  folder: string,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<BenchResult> {
  const rotations: RotationCost[] = [];
  const revocations: (RevokeAllCost & { readonly store: string })[] = [];
  for (const kind of chooseStores(options.only, say)) {
    const { name } = kind;
    const random = seededRandom(options.seed);
    const few = new FilledStore(
      await openBenchStore(kind, path.join(folder, `${name}.few`)),
      fewSessions,
      random,
    );
    const large = await openBenchStore(kind, path.join(folder, `${name}.many`));
    const many = new FilledStore(large, options.storedSessions, random);
    await few.fill(fewSessions, maxBytes);
    for (const goal of goalsUpTo(options.storedSessions)) {
      await many.fill(goal, maxBytes);
      rotations.push({ store: name, ...(await rotationCost(few, many, options)) });
      say(`${name}: ${many.count} sessions`);
      if (many.count < goal) break;
    }
    const costs = await revokeAllCosts(large.store.sessions, random, options);
    revocations.push(...costs.map((cost) => ({ store: name, ...cost })));
    await few.opened.close();
    await large.close();
  }
  const markdown = [rotationTable(rotations), revokeTable(revocations), machineSentence(facts)].join('\n\n');
  return { section: 'growth', markdown, figures: { rotations, revocations } };
}

/** A thousand, a million, ten millions, as far as they go, and the number asked for. */
function goalsUpTo(stored: number): number[] {
  return [...new Set([1e6, 1e7].filter((goal) => goal < stored)), stored];
}

async function rotationCost(
  few: FilledStore,
  many: FilledStore,
  { quick }: Options,
): Promise<Omit<RotationCost, 'store'>> {
  const bytes = await many.opened.bytes();
  await many.opened.settle();
  const comparison = {
    name: 'rotation',
    reference: `rotation among ${fewSessions}`,
    stepsPerCall: groupSize,
    run: () => many.rotateSome(groupSize),
    runReference: () => few.rotateSome(groupSize),
  };
  const effort = quick ? { batches: 3, batchSeconds: 0.01 } : { batches: 41, batchSeconds: 0.1 };
  return { ...(await compare(comparison, effort)), sessions: many.count, bytes };
}

function rotationTable(costs: readonly RotationCost[]): string {
  const rows = costs.map(({ store, sessions, bytes, microseconds, referenceMicroseconds, ratio }) => [
    store,
    String(sessions),
    String(bytes),
    microseconds.toFixed(1),
    referenceMicroseconds.toFixed(1),
    ratio.toFixed(2),
  ]);
  return table(rotationHead, rows);
}

function revokeTable(costs: readonly (RevokeAllCost & { readonly store: string })[]): string {
  const rows = costs.map(({ store, sessions, subjects, microseconds }) => [
    store,
    String(sessions),
    String(subjects),
    microseconds.toFixed(0),
  ]);
  return table(revokeHead, rows);
}
