import path from 'node:path';
import { systemClock } from 'pawl';
import type { SessionStore } from 'pawl/stores';
import type { BenchResult } from '../http-bench.js';
import type { MachineFacts } from '../machine.js';
import { type Compared, compare } from '../micro/compare.js';
import type { Options } from '../options.js';
import { machineSentence } from '../report.js';
import { chooseStores, openBenchStore } from '../size/bench-store.js';
import { addSessions, createSession, newSession, rotate, type StoredSession } from '../stored-session.js';
import { table } from '../table.js';

interface EndedCost extends Compared {
  readonly store: string;
  readonly ended: number;
}

/** Enough that what they leave behind while they are measured stays small for each. */
const referenceSubjects = 256;

const endsAtOnce = 64;

/** A subject with one session that lives, and the subjects that it is compared with in turns. */
interface Subject {
  readonly subject: string;
  readonly session: StoredSession;
}

type Step = (store: SessionStore, subject: Subject) => Promise<unknown>;

const steps: Readonly<Record<string, Step>> = {
  'create (and its end)': async (store, { subject }) => {
    const added = newSession(subject, systemClock.now());
    await createSession(store, added);
    await store.revokeSession(added.id, null, systemClock.now());
  },
  list: (store, { subject }) => store.list(subject, systemClock.now()),
  'create and revokeOthers': async (store, { subject, session }) => {
    await createSession(store, newSession(subject, systemClock.now()));
    await store.revokeOthers(subject, session.id, systemClock.now());
  },
  rotate: (store, { session }) => rotate(store, [session], systemClock.now()),
};

/** What the steps of a subject cost by how many of its sessions have ended, against subjects of which none had. */
export async function endedBench(
  options: Options,
  folder: string,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<BenchResult> {
  const costs: EndedCost[] = [];
  for (const kind of chooseStores(options.only, say)) {
    for (const ended of countsUpTo(options.endedSessions)) {
      const opened = await openBenchStore(kind, path.join(folder, `${kind.name}.${ended}`));
      const { sessions } = opened.store;
      const own = await addSubject(sessions, 'with');
      const others: Subject[] = [];
      for (let index = 0; index < referenceSubjects; index++) {
        others.push(await addSubject(sessions, `without|${index}`));
      }
      await endSessions(sessions, own, ended);
      await opened.settle();
      for (const [name, step] of Object.entries(steps)) {
        const cost = await compareStep(sessions, name, step, { own, others, quick: options.quick });
        costs.push({ store: kind.name, ended, ...cost });
      }
      say(`${kind.name}: ${ended} ended sessions`);
      await opened.close();
    }
  }
  const head = ['store', 'step', 'ended sessions', 'µs', 'without any, µs', 'ratio'];
  const rows = costs.map(({ store, name, ended, microseconds, referenceMicroseconds, ratio }) => [
    ...[store, name, String(ended)],
    ...[microseconds.toFixed(0), referenceMicroseconds.toFixed(0), ratio.toFixed(2)],
  ]);
  return {
    section: 'ended',
    markdown: `${table(head, rows)}\n\n${machineSentence(facts)}`,
    figures: costs,
  };
}

function countsUpTo(most: number): number[] {
  return [10, 1000, 100_000].filter((count) => count <= most);
}

async function addSubject(store: SessionStore, subject: string): Promise<Subject> {
  const [session] = await addSessions(store, [newSession(subject, systemClock.now())]);
  if (session === undefined) throw new Error('no session was added');
  return { subject, session };
}

async function endSessions(store: SessionStore, { subject, session }: Subject, count: number): Promise<void> {
  for (let done = 0; done < count; done += endsAtOnce) {
    const added = Array.from({ length: Math.min(endsAtOnce, count - done) }, () =>
      newSession(subject, systemClock.now()),
    );
    await addSessions(store, added);
    await store.revokeOthers(subject, session.id, systemClock.now());
  }
}

function compareStep(
  store: SessionStore,
  name: string,
  step: Step,
  {
    own,
    others,
    quick,
  }: { readonly own: Subject; readonly others: readonly Subject[]; readonly quick: boolean },
): Promise<Compared> {
  let turn = 0;
  return compare(
    {
      name,
      reference: 'a subject without ended sessions',
      stepsPerCall: 1,
      run: () => step(store, own),
      runReference: () => step(store, others[turn++ % others.length] ?? own),
    },
    quick ? { batches: 3, batchSeconds: 0.01 } : { batches: 21, batchSeconds: 0.1 },
  );
}
