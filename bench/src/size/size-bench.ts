import { statSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from 'pawl';
import type { Store } from 'pawl/stores';
import { openSqliteStore } from 'pawl/stores/sqlite';
import type { BenchResult } from '../http-bench.js';
import type { MachineFacts } from '../machine.js';
import type { Options } from '../options.js';
import { machineSentence } from '../report.js';
import { loadSqlite } from '../sqlite-driver.js';
import { addSessions, rotate, type StoredSession } from '../stored-session.js';
import { table } from '../table.js';

interface Size {
  readonly state: string;
  readonly sessions: number;
  readonly fileBytes: number;
  readonly bytesPerSession: number;
}

const groupSize = 1000;
const rotatedSessions = 1000;
const oftenRotatedSessions = 10;

/** How the file of the SQLite store grows: with rotations, then with sessions. Sizes are of the closed file. */
export async function sizeBench(
  options: Options,
  folder: string,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<BenchResult> {
  const sizes = [
    ...(await growthByRotations(options, path.join(folder, 'rotations.sqlite'), say)),
    ...(await growthBySessions(options, path.join(folder, 'sessions.sqlite'), say)),
  ];
  const rows = sizes.map(({ state, sessions, fileBytes, bytesPerSession }) => [
    state,
    String(sessions),
    String(fileBytes),
    bytesPerSession.toFixed(0),
  ]);
  const markdown = table(['state', 'sessions', 'file, bytes', 'bytes per session'], rows);
  return { section: 'size', markdown: `${markdown}\n\n${machineSentence(facts)}`, figures: sizes };
}

async function growthByRotations(
  options: Options,
  file: string,
  say: (line: string) => void,
): Promise<readonly Size[]> {
  const most = options.quick ? 1000 : 100_000;
  const sessions: StoredSession[] = [];
  await withStore(file, async (store) => {
    sessions.push(...(await addSessions(store.sessions, 0, rotatedSessions, systemClock.now())));
  });
  const sizes = [await sizeOf('after login', file, rotatedSessions)];
  const often = sessions.slice(0, oftenRotatedSessions);
  for (const [state, group, rotations] of [
    ['each rotated 10 times', sessions, 10],
    ['each rotated 1,000 times', sessions, options.quick ? 100 : 1000],
    [`${often.length} of them rotated ${most.toLocaleString('en')} times`, often, most],
  ] as const) {
    await withStore(file, (store) => rotateUntil(store, group, rotations));
    sizes.push(await sizeOf(state, file, rotatedSessions));
    say(state);
  }
  return sizes;
}

async function rotateUntil(store: Store, group: readonly StoredSession[], rotations: number): Promise<void> {
  const timesAtOnce = Math.max(1, Math.floor(groupSize / group.length));
  for (let left = rotations - (group[0]?.generation ?? rotations); left > 0; left -= timesAtOnce) {
    await rotate(store.sessions, group, Math.min(left, timesAtOnce), systemClock.now());
  }
}

async function growthBySessions(
  options: Options,
  file: string,
  say: (line: string) => void,
): Promise<readonly Size[]> {
  const sizes: Size[] = [];
  for (let stored = 0, next = 1000; stored < options.storedSessions; next *= 10) {
    const goal = Math.min(next, options.storedSessions);
    await withStore(file, async (store) => {
      for (; stored < goal; stored += groupSize) {
        const count = Math.min(groupSize, goal - stored);
        await addSessions(store.sessions, stored, count, systemClock.now());
      }
    });
    stored = goal;
    sizes.push(await sizeOf('never rotated', file, stored));
    say(`${stored} sessions`);
  }
  return sizes;
}

async function withStore(file: string, work: (store: Store) => Promise<void>): Promise<void> {
  const store = await openSqliteStore({ path: file, driver: await loadSqlite() });
  await work(store);
  await store.close();
}

async function sizeOf(state: string, file: string, sessions: number): Promise<Size> {
  await checkpoint(file);
  const fileBytes = statSync(file).size;
  return { state, sessions, fileBytes, bytesPerSession: fileBytes / sessions };
}

/** Writes everything back from the log into the file: closing does so only once all statements are collected. */
async function checkpoint(file: string): Promise<void> {
  const { DatabaseSync } = await loadSqlite();
  const database = new DatabaseSync(file);
  const result = database.prepare('pragma wal_checkpoint(truncate)').get() as { readonly busy: number };
  if (result.busy !== 0) throw new Error(`${file} could not be written back`);
  database.close();
}
