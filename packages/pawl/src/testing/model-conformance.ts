import assert from 'node:assert/strict';
import { type Binding, unbound } from '../rotation/binding.js';
import type { Session } from '../rotation/session.js';
import { createMemoryStore } from '../stores/memory/index.js';
import { endedRetentionSeconds, type NewSession } from '../stores/session-store.js';
import type { Store } from '../stores/store.js';
import { withoutCursor } from './event-conformance.js';
import type { SeededRandom } from './seeded-random.js';
import { attemptFor, everyBinding, everyPolicy, newChild, newSession, startAt } from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

const stepsPerRun = 60;

/** What a step did to sessions that it did not answer with is seen this many steps later at the latest, and at the end. */
const stepsPerCheck = 4;

const bindings: readonly Binding[] = [unbound, ...everyBinding('key')];

const ephemeralKeys: readonly string[] = ['a', 'b'];
const ephemeralValues: readonly string[] = ['', 'one', 'two\0'];

/** What a random sequence works on: few subjects and sessions, so that steps meet. Time and the log go on from the sequence before. */
interface World {
  readonly random: SeededRandom;
  readonly subjects: readonly string[];
  readonly known: Session[];
  readonly collection: string;
  now: number;
}

/** Makes one step that can be done on any number of stores, with the same arguments. */
type MakeStep = (world: World) => (store: Store) => Promise<unknown>;

const steps: Readonly<Record<string, MakeStep>> = {
  create: (world) => {
    const { random, subjects } = world;
    const parent = random.pick([null, null, ...world.known]);
    const changes = changesFor(world);
    const session =
      parent === null
        ? newSession(random, { ...changes, subject: random.pick(subjects) })
        : newChild(random, parent, changes);
    const counter = random.pick([null, null, 0, world.now]);
    const use = random.pick([null, { generation: random.below(3), fork: 0 }]);
    const limits = {
      sessions: 1 + random.below(4),
      perClient: 1 + random.below(4),
      clientSessions: 1 + random.below(6),
    };
    const { now } = world;
    return async ({ sessions }) => {
      const witness = parent === null ? null : sessions.witness(parent, session.id);
      const created = await sessions.create({ session, limits, witness, use, clientCounter: counter, now });
      if (created.outcome !== 'created') return created;
      // The second store's record is the same, so it does not matter which of them is remembered.
      if (!world.known.some(({ id }) => id === session.id)) world.known.push(created.session);
      const endedIds = [...created.endedIds].sort();
      return { ...created, session: withoutEpochs(created.session), endedIds };
    };
  },
  rotate: (world) => {
    const session = anySession(world);
    const attempt = attemptFor(session, {
      generation: session.generation + world.random.pick([0, 0, 0, 1]),
      proof: world.random.pick([session.binding, ...bindings]),
      network: world.random.pick([null, world.random.text(8)]),
      now: world.now,
    });
    return async ({ sessions }) => {
      const result = await sessions.rotate(attempt);
      remember(world, result.session);
      return { ...result, session: withoutEpochs(result.session) };
    };
  },
  apply: (world) => {
    const { random, now } = world;
    const known = anySession(world);
    const to = {
      generation: known.generation + random.below(2),
      fork: random.below(3),
      previousFork: random.pick([null, 0]),
      rotatedAt: now,
      seen: random.pick([true, false]),
      network: random.pick([null, 'AAAAAAAAAAA']),
    };
    const change = random.pick([
      { kind: 'advance', to },
      { kind: 'advance', to },
      { kind: 'revoke-session' },
      { kind: 'revoke-subject' },
      { kind: 'bind', binding: random.pick([...bindings, ...everyBinding('')]), to },
    ] as const);
    return async ({ sessions }) => {
      const result = await sessions.apply(known, change, now);
      remember(world, result.session);
      return { ...result, session: withoutEpochs(result.session), endedIds: [...result.endedIds].sort() };
    };
  },
  reauthenticate: (world) => {
    const { random, now } = world;
    const known = anySession(world);
    const by = { authTime: now, acr: random.pick([null, 'low']), amr: random.pick([[], ['pwd']]) };
    const network = random.pick([null, random.text(8)]);
    return async ({ sessions }) => {
      const result = await sessions.reauthenticate(known, by, network, now);
      remember(world, result.session);
      return { ...result, session: withoutEpochs(result.session) };
    };
  },
  revokeClient: (world) => {
    const { random, subjects, now } = world;
    const [subject, clientId] = [random.pick(subjects), random.pick(['web', 'app'])];
    return async ({ sessions }) => [...(await sessions.revokeClient(subject, clientId, now)).endedIds].sort();
  },
  logoutsOwed: ({ random, subjects, now }) => {
    const subject = random.pick(subjects);
    return async ({ sessions }) => (await sessions.logoutsOwed(subject, now)).map(({ id }) => id).sort();
  },
  clearLogoutOwed: (world) => {
    const { id } = anySession(world);
    const { now } = world;
    return ({ sessions }) => sessions.clearLogoutOwed(id, now);
  },
  list: ({ random, subjects, now }) => {
    const subject = random.pick(subjects);
    return async ({ sessions }) => (await sessions.list(subject, now)).map(withoutEpochs);
  },
  epochOf: ({ random, subjects, known }) => {
    const subject = random.pick(subjects);
    const ids = known.filter((session) => session.subject === subject).map(({ id }) => id);
    return async ({ sessions }) => {
      const epoch = await sessions.epochOf(subject);
      const records = await Promise.all(ids.map((id) => sessions.find(id)));
      return records.map((record) => (record === null ? null : epochsAgainst(record, epoch)));
    };
  },
  revokeSession: (world) => {
    const { id, secretHash } = anySession(world);
    const hash = world.random.pick([null, secretHash, 'AAAA']);
    const { now } = world;
    return async ({ sessions }) => {
      const ended = await sessions.revokeSession(id, hash, now);
      return {
        session: withoutEpochs(ended?.session ?? null),
        endedIds: [...(ended?.endedIds ?? [])].sort(),
      };
    };
  },
  revokeSubject: ({ random, subjects, now }) => {
    const subject = random.pick(subjects);
    return async ({ sessions }) => (await sessions.revokeSubject(subject, now)) > 0;
  },
  revokeOthers: (world) => {
    const { id, subject } = anySession(world);
    const { now } = world;
    return async ({ sessions }) => [...(await sessions.revokeOthers(subject, id, now))].sort();
  },
  writeData: (world) => {
    const { id } = anySession(world);
    const { random, now } = world;
    const [version, value] = [random.pick([0, 0, 1, 2]), random.text(4)];
    return ({ data }) => data.write(id, version, value, now);
  },
  readData: (world) => {
    const { id } = anySession(world);
    const { now } = world;
    return ({ data }) => data.read(id, now);
  },
  writeDocument: ({ random, collection }) => {
    const [key, version, value] = [random.pick(['a', 'b']), random.below(4), random.text(4)];
    return ({ documents }) => documents.write(collection, key, version, value);
  },
  removeDocument: ({ random, collection }) => {
    const [key, version] = [random.pick(['a', 'b']), random.below(4)];
    return ({ documents }) => documents.remove(collection, key, version);
  },
  listDocuments: ({ random, collection }) => {
    const after = random.pick([null, 'a']);
    return ({ documents }) => documents.list(collection, after, 5);
  },
  put: ({ random, now }) => {
    const [key, value] = [random.pick(ephemeralKeys), random.pick(ephemeralValues)];
    const expiresAt = now + random.pick([60, 3600]);
    return ({ ephemera }) => ephemera.put(key, value, expiresAt, now);
  },
  readEphemeral: ({ random, now }) => {
    const key = random.pick(ephemeralKeys);
    return ({ ephemera }) => ephemera.read(key, now);
  },
  take: ({ random, now }) => {
    const key = random.pick(ephemeralKeys);
    return ({ ephemera }) => ephemera.take(key, now);
  },
  swap: ({ random, now }) => {
    const key = random.pick(ephemeralKeys);
    const [expected, value] = [random.pick(ephemeralValues), random.pick(ephemeralValues)];
    return ({ ephemera }) => ephemera.swap(key, expected, value, now);
  },
  append: (world) => {
    const entry = { at: world.now, subject: world.random.pick(world.subjects), sessionId: null, body: '{}' };
    return ({ events }) => events.append([entry, entry]);
  },
  tail: ({ random }) => {
    const limit = random.below(6);
    return async ({ events }) => (await events.tail(limit)).map(withoutCursor);
  },
  wait: (world) => {
    world.now += world.random.pick([0.5, 5, 20, 100, endedRetentionSeconds]);
    return () => Promise.resolve(null);
  },
  sweep:
    ({ now }) =>
    (store) =>
      store.sweep(now, 10_000),
};

export function describeModel({ runner, random, modelRuns, withStore }: StoreAccess): void {
  runner.describe('model', () => {
    runner.test(
      'random sequences of steps answer as the memory store does',
      () =>
        withStore(async (store) => {
          const model = createMemoryStore();
          let now = startAt;
          for (let run = 0; run < modelRuns; run += 1) now = await compare(store, model, random, now);
        }),
      120_000,
    );
  });
}

/** Compares the answers to a sequence of steps, and now and then all sessions. Gives the instant of the last step. */
async function compare(store: Store, model: Store, random: SeededRandom, startsAt: number): Promise<number> {
  const subjects = [random.text(8), random.text(8)];
  const world: World = { random, subjects, known: [], collection: random.text(8), now: startsAt };
  const trace: string[] = [];
  for (let step = 0; step < stepsPerRun; step += 1) {
    const name = world.known.length === 0 ? 'create' : random.pick(Object.keys(steps));
    trace.push(name);
    const perform = (steps[name] as MakeStep)(world);
    const expected = await perform(model);
    assert.deepEqual(await perform(store), expected, trace.join(' '));
    if ((step + 1) % stepsPerCheck !== 0) continue;
    const [found, awaited] = await Promise.all([store, model].map((one) => findAll(one, world)));
    assert.deepEqual(found, awaited, trace.join(' '));
  }
  return world.now;
}

/** At once: one after another they would be most of what a store on a server does here. */
async function findAll({ sessions }: Store, { known }: World): Promise<unknown[]> {
  return Promise.all(known.map(async ({ id }) => withoutEpochs(await sessions.find(id))));
}

function changesFor({ random, now }: World): Partial<NewSession> {
  return {
    createdAt: now - random.below(3),
    idleSeconds: random.pick([30, 3600]),
    expiresAt: now + random.pick([60, 86_400]),
    binding: random.pick(bindings),
    policy: random.pick(everyPolicy),
    clientId: random.pick(['web', 'app']),
    offline: random.below(4) === 0,
    thirdParty: random.below(3) === 0,
    logoutOwed: random.below(2) === 0,
  };
}

function anySession({ random, known }: World): Session {
  return random.pick(known);
}

function remember({ known }: World, session: Session | null): void {
  if (session === null) return;
  const index = known.findIndex(({ id }) => id === session.id);
  if (index >= 0) known[index] = session;
}

function epochsAgainst(record: Session, epoch: number): unknown {
  return { isSame: record.subjectEpoch === epoch, isBehind: record.epoch < epoch };
}

/** A sweep may forget the epoch of a subject without sessions or keep it, so numbers differ; what they say does not. */
function withoutEpochs(session: Session | null): unknown {
  if (session === null) return null;
  const { epoch, subjectEpoch, ...rest } = session;
  return { ...rest, isBehind: epoch < subjectEpoch };
}
