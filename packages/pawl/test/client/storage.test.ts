import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../../testbed/src/temporary-folder.js';
import { createMemoryStorage } from '../../src/client/memory-storage.js';
import { createFileStorage } from '../../src/client/node/index.js';
import type { SessionRecord } from '../../src/client/session-record.js';
import type { ClientStorage } from '../../src/client/storage.js';
import { turns } from './world.js';

function record(revision: number, sessionId = 'one'): SessionRecord {
  return { revision, clockAheadSeconds: 0, status: 'ended', sessionId, reason: 'refused' };
}

const makers: Record<string, () => ClientStorage> = {
  memory: createMemoryStorage,
  file: () => createFileStorage({ folder: temporaryFolder('storage') }),
};

describe.each(Object.keys(makers))('the %s storage', (name) => {
  const make = (): ClientStorage => (makers[name] as () => ClientStorage)();

  test('holds nothing at first, and then what was stored last', async () => {
    const storage = make();
    expect(await storage.load()).toBeNull();
    expect(await storage.replace(0, record(1))).toBe(true);
    expect(await storage.replace(1, record(2, 'two'))).toBe(true);
    expect(await storage.load()).toEqual(record(2, 'two'));
  });

  test('takes no record that was made from another than the newest', async () => {
    const storage = make();
    expect(await storage.replace(1, record(2))).toBe(false);
    expect(await storage.load()).toBeNull();
    for (const revision of [0, 1, 2]) await storage.replace(revision, record(revision + 1));
    expect(await storage.replace(1, record(2, 'late'))).toBe(false);
    expect(await storage.load()).toEqual(record(3));
  });

  test('of those who replace one revision at the same time lets exactly one win, round after round', async () => {
    const storage = make();
    for (let round = 0; round < 30; round++) {
      const names = ['a', 'b', 'c', 'd', 'e'];
      const won = await Promise.all(names.map((each) => storage.replace(round, record(round + 1, each))));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await storage.load()).toEqual(record(round + 1, names[won.indexOf(true)]));
    }
  });

  test('runs work one after the other, also after work that failed', async () => {
    const storage = make();
    let running = 0;
    const work = async (): Promise<void> => {
      running += 1;
      expect(running).toBe(1);
      await turns(3);
      running -= 1;
      throw new Error('failed');
    };
    const done = await Promise.allSettled([1, 2, 3, 4].map(() => storage.lock(work, 5)));
    expect(done.map((each) => (each.status === 'rejected' ? String(each.reason) : ''))).toEqual(
      Array(4).fill('Error: failed'),
    );
  });
});

describe('the file storage', () => {
  test('lets nobody but its owner in, and leaves one file behind', async () => {
    const folder = path.join(temporaryFolder('storage'), 'deep', 'session');
    const storage = createFileStorage({ folder });
    for (const revision of [0, 1, 2]) await storage.replace(revision, record(revision + 1));
    await storage.lock(() => Promise.resolve(), 5);
    expect(readdirSync(folder)).toEqual(['session-3.json']);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(folder, 'session-3.json')).mode & 0o777).toBe(0o600);
  });

  const inAMinute = Date.now() + 60_000;
  test.each([
    ['a process that is gone', { pid: 2 ** 22 - 1, until: inAMinute }],
    ['somebody whose time is over', { pid: process.pid, until: Date.now() - 1 }],
    ['a clock that was ahead by a year', { pid: process.pid, until: inAMinute + 31_536_000_000 }],
  ])('takes the lock from %s', async (_who, { pid, until }) => {
    const folder = temporaryFolder('storage');
    mkdirSync(folder, { recursive: true });
    const left = { id: 'left-behind', host: hostname(), pid, until };
    writeFileSync(path.join(folder, 'lock'), JSON.stringify(left));
    const storages = [1, 2, 3].map(() => createFileStorage({ folder }));
    let running = 0;
    const work = async (): Promise<number> => {
      running += 1;
      await turns(2);
      return running--;
    };
    expect(await Promise.all(storages.map((storage) => storage.lock(work, 5)))).toEqual([1, 1, 1]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
