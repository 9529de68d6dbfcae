import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../../../../../testbed/src/temporary-folder.js';
import { followStore } from '../../../src/revocations/index.js';
import { openSqliteStore } from '../../../src/stores/sqlite/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { createSession, newSession, startAt } from '../../../src/testing/session-fixture.js';
import { kill, startWorker, type WorkerAnswer } from './worker-process.js';

const patience = { timeout: 60_000, interval: 20 };

describe('the feed in one file', () => {
  test('has every end that processes answered before they were killed', { timeout: 180_000 }, async () => {
    const path = join(temporaryFolder('sqlite-feed'), 'pawl.db');
    const store = await openSqliteStore({ path, busyDeadlineSeconds: 30 });
    onTestFinished(() => store.close());
    const followed = followStore(store.revocations, { retentionSeconds: 300 });
    onTestFinished(() => followed.close());
    await followed.ready();
    const workers = [await startWorker(path), await startWorker(path), await startWorker(path)];
    const ended: string[] = [];
    for (const [index, worker] of workers.entries()) {
      worker.on('message', (answer: WorkerAnswer) => {
        if (answer.kind === 'revoked') ended.push(answer.sessionId);
      });
      worker.send({ kind: 'load', seed: index });
    }
    await vi.waitFor(() => expect(ended.length).toBeGreaterThan(60), patience);
    await Promise.all(workers.map(kill));
    await vi.waitFor(() => {
      expect(ended.filter((sid) => !followed.isRevoked({ sid, sub: 'nobody' }))).toEqual([]);
    }, patience);
  });

  test('tells a reader when a backup was put back', async () => {
    const folder = temporaryFolder('sqlite-feed');
    const path = join(folder, 'pawl.db');
    const random = createSeededRandom(3);
    const end = async (store: Awaited<ReturnType<typeof openSqliteStore>>): Promise<string> => {
      const session = newSession(random);
      await createSession(store.sessions, session, 5, startAt);
      await store.sessions.revokeSession(session.id, null, startAt);
      return session.id;
    };
    const before = await openSqliteStore({ path });
    const kept = await end(before);
    await before.close();
    copyFileSync(path, join(folder, 'backup.db'));
    const during = await openSqliteStore({ path });
    await end(during);
    const { cursor } = await during.revocations.read(null, 10);
    await during.close();
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    copyFileSync(join(folder, 'backup.db'), path);
    const after = await openSqliteStore({ path });
    onTestFinished(() => after.close());
    // At the same place as before, another entry.
    const later = await end(after);
    const page = await after.revocations.read(cursor, 10);
    expect(page.isContinued).toBe(false);
    expect(page.entries.map((entry) => entry.kind === 'session' && entry.sessionId)).toEqual([kept, later]);
  });
});
