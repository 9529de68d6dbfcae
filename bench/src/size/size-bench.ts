import path from 'node:path';
import { systemClock } from 'pawl';
import type { BenchResult } from '../http-bench.js';
import type { MachineFacts } from '../machine.js';
import type { Options } from '../options.js';
import { machineSentence } from '../report.js';
import { addSessions, newSessions, rotate, type StoredSession } from '../stored-session.js';
import { table } from '../table.js';
import { type BenchStore, chooseStores, openBenchStore } from './bench-store.js';

interface Size {
  readonly store: string;
  readonly state: string;
  readonly sessions: number;
  readonly bytes: number;
}

const groupSize = 1000;
const rotatedSessions = 1000;
const oftenRotatedSessions = 10;

/** How each store grows: with rotations, then with sessions. */
export async function sizeBench(
  options: Options,
  folder: string,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<BenchResult> {
  const sizes: Size[] = [];
  for (const kind of chooseStores(options.only, say)) {
    const { name } = kind;
    for (const [part, grow] of [
      ['rotations', growByRotations],
      ['sessions', growBySessions],
    ] as const) {
      const opened = await openBenchStore(kind, path.join(folder, `${name}.${part}`));
      await grow(options, opened, async (state, sessions) => {
        sizes.push({ store: name, state, sessions, bytes: await opened.bytes() });
        say(`${name}: ${sessions} sessions, ${state}`);
      });
      await opened.close();
    }
  }
  const rows = sizes.map(({ store, state, sessions, bytes }) => [
    `${store}, ${state}`,
    String(sessions),
    String(bytes),
    (bytes / sessions).toFixed(0),
  ]);
  const markdown = table(['store and state', 'sessions', 'bytes', 'bytes per session'], rows);
  return { section: 'size', markdown: `${markdown}\n\n${machineSentence(facts)}`, figures: sizes };
}

type Note = (state: string, sessions: number) => Promise<void>;

async function growByRotations({ quick }: Options, { store }: BenchStore, note: Note): Promise<void> {
  const sessions = await addSessions(store.sessions, newSessions(0, rotatedSessions, systemClock.now()));
  await note('after login', rotatedSessions);
  const often = sessions.slice(0, oftenRotatedSessions);
  const [many, most] = quick ? [12, 20] : [1000, 100_000];
  for (const [state, group, rotations] of [
    ['each rotated 10 times', sessions, 10],
    [`each rotated ${many.toLocaleString('en')} times`, sessions, many],
    [`${often.length} of them rotated ${most.toLocaleString('en')} times`, often, most],
  ] as const) {
    await rotateUntil(store.sessions, group, rotations);
    await note(state, rotatedSessions);
  }
}

async function rotateUntil(
  store: BenchStore['store']['sessions'],
  group: readonly StoredSession[],
  rotations: number,
): Promise<void> {
  for (let done = group[0]?.generation ?? rotations; done < rotations; done++) {
    await rotate(store, group, systemClock.now());
  }
}

async function growBySessions({ storedSessions }: Options, { store }: BenchStore, note: Note): Promise<void> {
  for (let stored = 0, next = 1000; stored < storedSessions; next *= 10) {
    const goal = Math.min(next, storedSessions);
    for (; stored < goal; stored += groupSize) {
      const count = Math.min(groupSize, goal - stored);
      await addSessions(store.sessions, newSessions(stored, count, systemClock.now()));
    }
    stored = goal;
    await note('never rotated', stored);
  }
}
