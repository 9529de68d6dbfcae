import assert from 'node:assert/strict';
import { type Binding, unbound } from '../rotation/binding.js';
import { initialRotation, rotationOf, type Session } from '../rotation/session.js';
import type { SessionStore } from '../stores/session-store.js';
import type { Store } from '../stores/store.js';
import { createSession, attemptFor, newSession, startAt } from './session-fixture.js';
import { familyRaces } from './session-family-races.js';
import { at, atOnce, inEitherOrder, type Round, testRounds, testSessionRounds } from './race.js';
import type { StoreAccess } from './store-access.js';

const refreshes = 16;

const races: Readonly<Record<string, Round<SessionStore>>> = {
  '16 refreshes of one token: one rotates, all others see the advanced record': manyRefreshes,
  'rotate and revokeSession: the session ends, rotated or not': revokeAgainstRotate,
  'rotate and logout by secret hash: the session ends, rotated or not': logoutAgainstRotate,
  'rotate and revokeSubject: the session is dead, rotated or not': revokeSubjectAgainstRotate,
  'create and revokeSubject: the session is of the old epoch and dead, or of the new and alive':
    revokeSubjectAgainstCreate,
  'apply and apply on one read: exactly one is applied': applyAgainstApply,
  'rotate and apply on one read: exactly one moves the record': applyAgainstRotate,
  'bind and rotate without the key on one read: exactly one moves the record': bindAgainstRotate,
  'bind and revokeSession: the session ends, bound or not': revokeAgainstBind,
  'bind to different keys on one read: exactly one is applied': bindAgainstBind,
  'create and revokeOthers: the new session is ended and named, or alive': revokeOthersAgainstCreate,
  'revokeSession and revokeSession: exactly one ends it': revokeAgainstRevoke,
  'creations above the limit: as many sessions as allowed stay, each other is named once':
    createAgainstCreate,
};

export function describeRaces(access: StoreAccess): void {
  access.runner.describe('races', () => {
    testSessionRounds(access, races);
    testSessionRounds(access, familyRaces);
    testRounds(access, 'writes of one document at one version: exactly one succeeds', raceOfWrites);
  });
}

async function raceOfWrites(stores: readonly Store[], { random }: StoreAccess): Promise<void> {
  const key = random.text(8);
  for (const version of [0, 1]) {
    const results = await atOnce(4, stores, ({ documents }, index) =>
      documents.write('c', key, version, String(index)),
    );
    assert.equal(results.filter(Boolean).length, 1);
    const value = String(results.indexOf(true));
    assert.deepEqual(await at(stores, 0).documents.read('c', key), { key, version: version + 1, value });
  }
}

async function manyRefreshes(stores: readonly SessionStore[], { random }: StoreAccess): Promise<void> {
  const session = newSession(random);
  await createSession(at(stores, 0), session, 5, startAt);
  const attempts = Array.from({ length: refreshes }, (_, index) =>
    at(stores, index).rotate(attemptFor(session)),
  );
  const results = await Promise.all(attempts);
  assert.equal(results.filter(({ rotated }) => rotated).length, 1);
  assert.ok(results.every((result) => result.session?.generation === 1));
}

async function revokeAgainstRotate(stores: readonly SessionStore[], access: StoreAccess): Promise<void> {
  const session = newSession(access.random);
  await createSession(at(stores, 0), session, 5, startAt);
  const [ended, { rotated }] = await inEitherOrder(
    access,
    () => at(stores, 1).revokeSession(session.id, null, startAt + 21),
    () => at(stores, 2).rotate(attemptFor(session)),
  );
  const { generation, revokedAt } = ended?.session ?? {};
  assert.deepEqual([generation, revokedAt], [rotated ? 1 : 0, startAt + 21]);
  assert.deepEqual(await at(stores, 3).find(session.id), ended?.session);
}

async function logoutAgainstRotate(stores: readonly SessionStore[], access: StoreAccess): Promise<void> {
  const session = newSession(access.random);
  await createSession(at(stores, 0), session, 5, startAt);
  const [ended, { rotated }] = await inEitherOrder(
    access,
    () => at(stores, 1).revokeSession(session.id, session.secretHash, startAt + 21),
    () => at(stores, 2).rotate(attemptFor(session)),
  );
  assert.equal(ended?.session.generation, rotated ? 1 : 0);
  assert.deepEqual(await at(stores, 3).find(session.id), ended.session);
  assert.deepEqual(await at(stores, 3).list(session.subject, startAt + 21), []);
}

async function revokeSubjectAgainstRotate(
  stores: readonly SessionStore[],
  access: StoreAccess,
): Promise<void> {
  const session = newSession(access.random);
  await createSession(at(stores, 0), session, 5, startAt);
  const [epoch, { rotated }] = await inEitherOrder(
    access,
    () => at(stores, 1).revokeSubject(session.subject, startAt + 21),
    () => at(stores, 2).rotate(attemptFor(session)),
  );
  const record = await at(stores, 3).find(session.id);
  assert.deepEqual([epoch, record?.epoch, record?.subjectEpoch], [1, 0, 1]);
  assert.equal(record?.generation, rotated ? 1 : 0);
}

async function revokeSubjectAgainstCreate(
  stores: readonly SessionStore[],
  access: StoreAccess,
): Promise<void> {
  const session = newSession(access.random);
  const [, created] = await inEitherOrder(
    access,
    () => at(stores, 1).revokeSubject(session.subject, startAt),
    () => createSession(at(stores, 2), session, 5, startAt),
  );
  const record = await at(stores, 3).find(session.id);
  const listed = await at(stores, 3).list(session.subject, startAt);
  assert.deepEqual([record?.epoch, record?.subjectEpoch], [created.session.epoch, 1]);
  assert.equal(listed.length, created.session.epoch);
}

async function applyAgainstApply(stores: readonly SessionStore[], { random }: StoreAccess): Promise<void> {
  const { session: read } = await createSession(at(stores, 0), newSession(random), 5, startAt);
  const results = await Promise.all(
    stores.map((sessions, index) =>
      sessions.apply(read, index % 2 === 0 ? forkOf(read, index + 1) : { kind: 'revoke-session' }, startAt),
    ),
  );
  const applied = results.filter((result) => result.applied);
  assert.equal(applied.length, 1);
  for (const { session } of results) assert.deepEqual(session, applied[0]?.session);
}

async function applyAgainstRotate(stores: readonly SessionStore[], access: StoreAccess): Promise<void> {
  const { session: read } = await createSession(at(stores, 0), newSession(access.random), 5, startAt);
  const [{ applied, session }, result] = await inEitherOrder(
    access,
    () => at(stores, 1).apply(read, forkOf(read, 3), startAt),
    () => at(stores, 2).rotate(attemptFor(read)),
  );
  assert.equal(Number(applied) + Number(result.rotated), 1);
  assert.deepEqual(session, result.session);
}

async function bindAgainstRotate(stores: readonly SessionStore[], access: StoreAccess): Promise<void> {
  const { session: read } = await createSession(at(stores, 0), newSession(access.random), 5, startAt);
  const [{ applied, session }, result] = await inEitherOrder(
    access,
    () => at(stores, 1).apply(read, bindTo(read, browserKey('key')), startAt),
    () => at(stores, 2).rotate(attemptFor(read, { proof: unbound })),
  );
  assert.equal(Number(applied) + Number(result.rotated), 1);
  assert.deepEqual(session, result.session);
  assert.deepEqual(session?.binding, applied ? browserKey('key') : unbound);
}

async function revokeAgainstBind(stores: readonly SessionStore[], access: StoreAccess): Promise<void> {
  const { session: read } = await createSession(at(stores, 0), newSession(access.random), 5, startAt);
  const [ended, { applied }] = await inEitherOrder(
    access,
    () => at(stores, 1).revokeSession(read.id, null, startAt),
    () => at(stores, 2).apply(read, bindTo(read, browserKey('key')), startAt),
  );
  const { revokedAt, binding } = ended?.session ?? {};
  assert.deepEqual([revokedAt, binding], [startAt, applied ? browserKey('key') : unbound]);
  assert.deepEqual(await at(stores, 3).find(read.id), ended?.session);
}

async function bindAgainstBind(stores: readonly SessionStore[], { random }: StoreAccess): Promise<void> {
  const { session: read } = await createSession(at(stores, 0), newSession(random), 5, startAt);
  const unmoved = { kind: 'bind', to: initialRotation } as const;
  const results = await Promise.all(
    stores.map((sessions, index) =>
      sessions.apply(read, { ...unmoved, binding: browserKey(String(index)) }, startAt),
    ),
  );
  const applied = results.filter((result) => result.applied);
  assert.equal(applied.length, 1);
  const jkt = String(results.findIndex((result) => result.applied));
  const expected = { ...read, binding: browserKey(jkt) };
  for (const { session } of results) assert.deepEqual(session, expected);
}

function browserKey(jkt: string): Binding {
  return { kind: 'browser', jkt };
}

function bindTo(read: Session, binding: Binding) {
  return { ...forkOf(read, read.fork + 1), kind: 'bind', binding } as const;
}

async function revokeOthersAgainstCreate(
  stores: readonly SessionStore[],
  access: StoreAccess,
): Promise<void> {
  const kept = newSession(access.random);
  const added = newSession(access.random, { subject: kept.subject });
  await createSession(at(stores, 0), kept, 5, startAt);
  const [ended] = await inEitherOrder(
    access,
    () => at(stores, 1).revokeOthers(kept.subject, kept.id, startAt),
    () => createSession(at(stores, 2), added, 5, startAt),
  );
  const listed = (await at(stores, 3).list(kept.subject, startAt)).map(({ id }) => id);
  assert.ok(listed.includes(kept.id));
  assert.deepEqual([...ended], listed.includes(added.id) ? [] : [added.id]);
}

async function revokeAgainstRevoke(stores: readonly SessionStore[], { random }: StoreAccess): Promise<void> {
  const session = newSession(random);
  await createSession(at(stores, 0), session, 5, startAt);
  const ends = await Promise.all(stores.map((sessions) => sessions.revokeSession(session.id, null, startAt)));
  assert.equal(ends.filter((ended) => ended !== null).length, 1);
}

async function createAgainstCreate(stores: readonly SessionStore[], { random }: StoreAccess): Promise<void> {
  const subject = random.text(8);
  const created = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      createSession(
        at(stores, index),
        newSession(random, { subject, createdAt: startAt + index }),
        3,
        startAt + 9,
      ),
    ),
  );
  const listed = (await at(stores, 0).list(subject, startAt + 9)).map(({ id }) => id);
  const ended = created.flatMap(({ endedIds }) => endedIds);
  assert.deepEqual([listed.length, ended.length], [3, 3]);
  assert.deepEqual([...listed, ...ended].sort(), created.map(({ session }) => session.id).sort());
}

function forkOf(read: Session, fork: number) {
  return { kind: 'advance', to: { ...rotationOf(read), fork } } as const;
}
