import assert from 'node:assert/strict';
import type { Session } from '../rotation/session.js';
import { maxEnded } from '../stores/session-family.js';
import type { SessionStore } from '../stores/session-store.js';
import { forEach } from './for-each.js';
import type { SeededRandom } from './seeded-random.js';
import {
  attemptFor,
  createChild,
  createSession,
  limitsOf,
  newChild,
  newSession,
  requestFor,
  startAt,
} from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

const endedCount = 10_000;
const endedAtOnce = 50;

/** Few: several times the sessions of a family, whose records a step may read more than once. */
const mostRead = 40;

/** What lives of a subject: a login, and two clients below it. */
interface Family {
  readonly sessions: SessionStore;
  readonly random: SeededRandom;
  readonly parent: Session;
  readonly app: Session;
  readonly web: Session;
}

type Step = (family: Family) => Promise<unknown>;

/** In this order: each leaves what the next ones need. */
const steps: Readonly<Record<string, Step>> = {
  find: ({ sessions, app }) => sessions.find(app.id),
  list: ({ sessions, parent }) => sessions.list(parent.subject, startAt),
  epochOf: ({ sessions, parent }) => sessions.epochOf(parent.subject),
  rotate: ({ sessions, parent }) => sessions.rotate(attemptFor(parent)),
  apply: ({ sessions, app }) => sessions.apply(app, { kind: 'advance', to: app }, startAt),
  logoutsOwed: ({ sessions, parent }) => sessions.logoutsOwed(parent.subject, startAt),
  'create a login': ({ sessions, random, parent: { subject } }) =>
    sessions.create(requestFor(newSession(random, { subject }))),
  'create a child': ({ sessions, random, parent }) =>
    createChild(sessions, parent, newChild(random, parent), { clientCounter: 0 }),
};

/** They may read those that are kept too, because one more makes one too many. */
const ends: Readonly<Record<string, Step>> = {
  'revokeSession of a child': ({ sessions, web }) => sessions.revokeSession(web.id, null, startAt),
  'create above the limit': ({ sessions, random, parent: { subject } }) =>
    sessions.create(requestFor(newSession(random, { subject }), { limits: { ...limitsOf(9), sessions: 2 } })),
  revokeClient: ({ sessions, parent }) => sessions.revokeClient(parent.subject, 'app', startAt),
  revokeOthers: ({ sessions, parent }) => sessions.revokeOthers(parent.subject, parent.id, startAt),
  'revokeSession of a parent': ({ sessions, parent }) => sessions.revokeSession(parent.id, null, startAt),
};

export function describeEndedCost({ runner, opener, random, withStore }: StoreAccess): void {
  runner.test(
    `what a step reads does not grow with the sessions of the subject that have ended, of which there were ${String(endedCount)}`,
    () =>
      withStore(async ({ sessions }) => {
        const busySubject = random.text(8);
        await endMany(sessions, random, busySubject);
        const quiet = await createFamily(sessions, random, random.text(8));
        const busy = await createFamily(sessions, random, busySubject);
        const readBy = async (step: () => Promise<unknown>): Promise<number> => {
          const before = await opener.recordsRead();
          await step();
          return (await opener.recordsRead()) - before;
        };
        for (const [name, step] of Object.entries(steps)) {
          const expected = await readBy(() => step(quiet));
          assert.ok(expected <= mostRead, `${name} read ${String(expected)} records of four sessions`);
          assert.equal(await readBy(() => step(busy)), expected, name);
        }
        const listed = await sessions.list(quiet.parent.subject, startAt);
        const readByList = await readBy(() => sessions.list(quiet.parent.subject, startAt));
        assert.ok(readByList >= listed.length, 'recordsRead() counts what list reads');
        for (const [name, step] of Object.entries(ends)) {
          const expected = await readBy(() => step(quiet));
          assert.ok(expected <= mostRead, `${name} read ${String(expected)} records of six sessions`);
          const read = await readBy(() => step(busy));
          assert.ok(read <= expected + maxEnded + mostRead, `${name} read ${String(read)} records`);
        }
      }),
    120_000,
  );
}

/** Ends so many sessions of a subject, some at once. */
async function endMany(sessions: SessionStore, random: SeededRandom, subject: string): Promise<void> {
  for (let count = 0; count < endedCount; count += endedAtOnce) {
    const added = Array.from({ length: endedAtOnce }, () => newSession(random, { subject }));
    await forEach(endedAtOnce, (index) =>
      createSession(sessions, added[index] as (typeof added)[number], endedAtOnce, startAt),
    );
    assert.equal((await sessions.revokeOthers(subject, '', startAt)).length, endedAtOnce);
  }
}

async function createFamily(sessions: SessionStore, random: SeededRandom, subject: string): Promise<Family> {
  const { session: parent } = await createSession(sessions, newSession(random, { subject }), 9, startAt);
  const app = await createChild(sessions, parent, newChild(random, parent));
  const web = await createChild(sessions, parent, newChild(random, parent, { clientId: 'web' }));
  return { sessions, random, parent, app, web };
}
