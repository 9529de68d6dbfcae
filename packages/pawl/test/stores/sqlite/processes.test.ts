import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Session } from '../../../src/rotation/index.js';
import { openSqliteStore } from '../../../src/stores/sqlite/index.js';
import { createSession, attemptFor, newSession, startAt } from '../../../src/testing/session-fixture.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { outcomeOf } from '../outcome-of.js';
import { ask, kill, startWorker, type WorkerAnswer } from './worker-process.js';

const folder = mkdtempSync(join(tmpdir(), 'pawl-processes-'));
const seed = Math.floor(Math.random() * 0x1_0000_0000);
const random = createSeededRandom(seed);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe(`several processes on one file, seed ${String(seed)}`, () => {
  test('processes that open a fresh file at once all succeed, and of 64 refreshes one rotates', async () => {
    const path = join(folder, 'race.db');
    const workers = await Promise.all([0, 1, 2, 3].map(() => startWorker(path)));
    const store = await openSqliteStore({ path, busyDeadlineSeconds: 30 });
    try {
      for (let round = 0; round < 1000; round += 1) {
        const session = newSession(random);
        await createSession(store.sessions, session, 5, startAt);
        const job = { kind: 'rotate', attempt: attemptFor(session), times: 16 } as const;
        const answers = await Promise.all(workers.map((worker) => ask(worker, job)));
        const results = answers.flatMap((answer) => (answer.kind === 'results' ? answer.results : []));
        expect(results.length).toBe(64);
        expect(results.filter(({ rotated }) => rotated).length).toBe(1);
        expect(results.every((result) => result.session?.generation === 1)).toBe(true);
      }
    } finally {
      await Promise.all([...workers.map(kill), store.close()]);
    }
  });

  test('four processes that open one fresh file at the same moment all succeed, 200 files', async () => {
    const workers = await Promise.all(
      [0, 1, 2, 3].map((n) => startWorker(join(folder, `own-${String(n)}.db`))),
    );
    try {
      for (let round = 0; round < 200; round += 1) {
        const job = { kind: 'open', path: join(folder, `fresh-${String(round)}.db`) } as const;
        const answers = await Promise.all(workers.map((worker) => ask(worker, job)));
        expect(answers).toEqual(workers.map(() => ({ kind: 'opened', error: null })));
      }
    } finally {
      await Promise.all(workers.map(kill));
    }
  });

  test('kill -9 under load loses nothing that was answered, except rotations, which heal', async () => {
    const path = join(folder, 'kill.db');
    let checked = 0;
    for (let round = 0; round < 20; round += 1) {
      const answers = await loadAndKill(path, round, 1 + random.below(400));
      const store = await openSqliteStore({ path });
      for (const answer of answers) {
        if (answer.kind === 'created') expect(await store.sessions.find(answer.session.id)).not.toBeNull();
        if (answer.kind === 'revoked') {
          expect((await store.sessions.find(answer.sessionId))?.revokedAt).toBe(startAt);
        }
        if (answer.kind === 'written') {
          const document = await store.documents.read('c', answer.key);
          expect(document?.version).toBeGreaterThanOrEqual(answer.version);
        }
        if (answer.kind === 'rotated') {
          expectStillGood(await store.sessions.find(answer.session.id), answer.session);
        }
        checked += 1;
      }
      await store.close();
    }
    expect(checked).toBeGreaterThan(100);
  });
});

async function loadAndKill(path: string, round: number, after: number): Promise<readonly WorkerAnswer[]> {
  const worker = await startWorker(path);
  const answers: WorkerAnswer[] = [];
  await new Promise<void>((resolve) => {
    worker.on('message', (answer: WorkerAnswer) => {
      answers.push(answer);
      if (answers.length === after) resolve();
    });
    worker.send({ kind: 'load', seed: seed + round });
  });
  await kill(worker);
  return answers;
}

/** The token that was answered is granted by the rule, whether or not the store remembers its generation. */
function expectStillGood(record: Session | null, answered: Session): void {
  expect(record).not.toBeNull();
  if (record === null || record.revokedAt !== null) return;
  const outcome = outcomeOf(record, answered, startAt + 21);
  expect(['kept', 'healed']).toContain(outcome);
}
