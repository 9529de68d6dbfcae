import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../../../testbed/src/temporary-folder.js';
import { createClient } from '../../../src/client/index.js';
import { createFileStorage } from '../../../src/client/node/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { alarms, type LoopbackIssuer, startLoopbackIssuer } from '../loopback-issuer.js';
import { fairPassage, type Passage } from '../weather-proxy.js';
import { call, kill, startWorker } from './worker-process.js';

const seed = Date.now() % 2 ** 31;
const rounds = 12;
const names = ['a', 'b', 'c'];

let issuer: LoopbackIssuer;
const workers = new Map<string, ChildProcess>();

beforeEach(async () => {
  issuer = await startLoopbackIssuer('strict');
});

afterEach(async () => {
  for (const worker of workers.values()) await kill(worker);
  await issuer.close();
});

/** Kills the process that refreshes, at one of the places where it can be caught. */
async function murder(passage: Passage, place: number): Promise<void> {
  const worker = workers.get(String(passage.headers['x-worker']));
  if (worker === undefined) throw new Error('nobody sent this');
  if (place === 0) await kill(worker);
  const answer = await passage.ask();
  if (place === 1) await kill(worker);
  const given = passage.give(answer);
  // It dies while it reads the answer, or stores it, or soon after.
  if (place === 2) worker.kill('SIGKILL');
  await given;
  if (place === 3) worker.kill('SIGKILL');
}

test(`processes on one folder, the one that refreshes killed again and again, with nights between: nobody is logged out (seed ${String(seed)})`, async () => {
  const random = createSeededRandom(seed);
  const folder = temporaryFolder('session');
  const binding = 'dpop';
  const starter = createClient({ issuer: issuer.issuer, binding, storage: createFileStorage({ folder }) });
  expect(await starter.login({ username: 'ada', password: 'correct' })).toMatchObject({ ok: true });
  starter.close();

  let killed = 0;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      if (workers.get(name)?.connected === true) continue;
      workers.set(name, await startWorker({ issuer: issuer.issuer, folder, name, binding }));
    }
    issuer.clock.advance(random.below(3) === 0 ? 36_000 : 301);
    let victims = 1 + random.below(2);
    issuer.proxy.conduct = (passage) => {
      if (passage.path !== '/auth/refresh' || victims-- <= 0) return fairPassage(passage);
      return murder(passage, killed++ % 4);
    };
    const reports = await Promise.all([...workers.values()].map((worker) => call(worker, String(round))));
    for (const report of reports.filter((each) => each !== null)) {
      expect(report).toMatchObject({ status: 200, session: { status: 'signed-in' } });
    }
  }
  expect(alarms(issuer.events)).toEqual([]);
  expect(killed).toBeGreaterThanOrEqual(rounds);
  for (const worker of workers.values()) await kill(worker);

  // What the dead left behind is cleared away, or does no harm.
  const survivor = createClient({ issuer: issuer.issuer, binding, storage: createFileStorage({ folder }) });
  issuer.clock.advance(301);
  expect((await survivor.fetch(`${issuer.issuer}/userinfo`)).status).toBe(200);
  survivor.close();
  expect(readdirSync(folder).filter((file) => file.startsWith('session-'))).toHaveLength(1);
});
