// A process of its own with the store open; takes one message per job and answers it.
import { openSqliteStore } from '../../../src/stores/sqlite/index.js';
import { loadDriver } from '../../../src/stores/sqlite/driver.js';
import { createSession, attemptFor, newSession, startAt } from '../../../src/testing/session-fixture.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import type { Store } from '../../../src/stores/index.js';
import type { WorkerAnswer, WorkerJob } from './worker-process.js';

const path = process.argv[2] ?? '';

function answer(message: WorkerAnswer): void {
  process.send?.(message);
}

async function load(store: Store, seed: number): Promise<never> {
  const random = createSeededRandom(seed);
  async function oneClient(client: number): Promise<never> {
    for (let version = 0; ; version += 1) {
      const { session } = await createSession(store.sessions, newSession(random), 5, startAt);
      answer({ kind: 'created', session });
      const { session: rotated } = await store.sessions.rotate(attemptFor(session));
      if (rotated !== null) answer({ kind: 'rotated', session: rotated });
      if (version % 3 === 0) {
        await store.sessions.revokeSession(session.id, null, startAt);
        answer({ kind: 'revoked', sessionId: session.id });
      }
      const key = `${String(seed)}-${String(client)}`;
      if (await store.documents.write('c', key, version, String(version))) {
        answer({ kind: 'written', key, version: version + 1 });
      }
    }
  }
  return Promise.race([0, 1, 2, 3, 4, 5, 6, 7].map(oneClient));
}

async function holdLock(): Promise<void> {
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(path);
  database.exec('begin immediate');
  process.once('message', () => {
    database.exec('rollback');
    answer({ kind: 'released' });
  });
  answer({ kind: 'locked' });
}

/** Opens and closes another file; resolves to what went wrong, or null. */
async function open(another: string): Promise<string | null> {
  try {
    const store = await openSqliteStore({ path: another, busyDeadlineSeconds: 30 });
    await store.close();
    return null;
  } catch (error) {
    return String(error);
  }
}

async function serve(): Promise<void> {
  const store = await openSqliteStore({ path, busyDeadlineSeconds: 30 });
  process.on('message', (job: WorkerJob) => {
    if (job.kind === 'load') void load(store, job.seed);
    if (job.kind === 'open')
      void open(job.path).then((error) => {
        answer({ kind: 'opened', error });
      });
    if (job.kind !== 'rotate') return;
    const attempts = Array.from({ length: job.times }, () => store.sessions.rotate(job.attempt));
    void Promise.all(attempts).then((results) => {
      answer({ kind: 'results', results });
    });
  });
  answer({ kind: 'ready' });
}

await (process.argv[3] === 'lock' ? holdLock() : serve());
