import assert from 'node:assert/strict';
import { reauthenticated, rotated, type Session } from '../rotation/session.js';
import type { CreateResult, SessionStore } from '../stores/session-store.js';
import { at, inEitherOrder, type Round } from './race.js';
import {
  attemptFor,
  childRequest,
  createChild,
  createSession,
  limitsOf,
  newChild,
  newSession,
  startAt,
} from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

/** Races of parents, children and clients. */
export const familyRaces: Readonly<Record<string, Round<SessionStore>>> = {
  'exchange, exchange and logout of the parent: one session comes of the code at most, and none outlives the parent':
    exchangesAgainstLogout,
  'exchange and exchange: exactly one creates, the other is told that the id is used':
    exchangeAgainstExchange,
  'create under a dying parent: each child was refused, or has ended and was named': createsUnderDyingParent,
  'rotate of a child and the end of its parent: the child ends, rotated or not': cascadeAgainstRotate,
  'two ends of one parent: each child is named once': cascadeAgainstCascade,
  'revokeClient and create: the session was refused, or has ended and was named': revokeClientAgainstCreate,
  'revokeOthers and create: the child of another session was refused, or has ended and was named':
    revokeOthersAgainstChild,
  'children above the limit: as many as allowed stay, each other is named once': childrenAboveLimit,
  'reauthenticate and rotate on one read: exactly one moves the record': reauthenticateAgainstRotate,
  'reauthenticate and the end of the session: it ends, and its children with it': reauthenticateAgainstEnd,
};

async function parentOf(stores: readonly SessionStore[], { random }: StoreAccess): Promise<Session> {
  return (await createSession(at(stores, 0), newSession(random), 9, startAt)).session;
}

async function livingChildren(sessions: SessionStore, parent: Session): Promise<readonly string[]> {
  const listed = await sessions.list(parent.subject, startAt + 30);
  return listed.filter(({ parentId }) => parentId === parent.id).map(({ id }) => id);
}

function idsOf(results: readonly CreateResult[]): string[] {
  return results.flatMap((result) => (result.outcome === 'created' ? result.session.id : [])).sort();
}

async function exchangesAgainstLogout(stores: readonly SessionStore[], access: StoreAccess): Promise<void> {
  const { random } = access;
  const parent = await parentOf(stores, access);
  const child = newChild(random, parent);
  const thief = { ...child, secretHash: random.text(32) };
  const [ended, ...results] = await Promise.all([
    at(stores, 1).revokeSession(parent.id, null, startAt),
    at(stores, 2).create(childRequest(at(stores, 2), parent, child)),
    at(stores, 3).create(childRequest(at(stores, 3), parent, thief)),
  ]);
  const created = idsOf(results);
  assert.deepEqual([...(ended?.endedIds ?? [])], created);
  const outcomes = results.map(({ outcome }) => outcome);
  const expected = created.length === 1 ? ['created', 'used'] : ['parent-ended', 'parent-ended'];
  assert.deepEqual(outcomes.sort(), expected);
  assert.deepEqual(await livingChildren(at(stores, 0), parent), []);
}

async function exchangeAgainstExchange(stores: readonly SessionStore[], access: StoreAccess): Promise<void> {
  const { random } = access;
  const parent = await parentOf(stores, access);
  const child = newChild(random, parent);
  const results = await Promise.all(
    stores.map((sessions) =>
      sessions.create(childRequest(sessions, parent, { ...child, secretHash: random.text(32) })),
    ),
  );
  const outcomes = results.map(({ outcome }) => outcome).sort();
  assert.deepEqual(outcomes, ['created', ...stores.slice(1).map(() => 'used')]);
  const record = await at(stores, 0).find(child.id);
  for (const result of results) assert.deepEqual('session' in result && result.session, record);
}

async function createsUnderDyingParent(stores: readonly SessionStore[], access: StoreAccess): Promise<void> {
  const { random } = access;
  const parent = await parentOf(stores, access);
  const create = (index: number) =>
    at(stores, index).create(childRequest(at(stores, index), parent, newChild(random, parent)));
  const end = () =>
    random.below(2) === 0
      ? at(stores, 1).revokeSession(parent.id, null, startAt)
      : at(stores, 1).apply(parent, { kind: 'revoke-session' }, startAt);
  const [first, ended, second, third] = await Promise.all([create(0), end(), create(2), create(3)]);
  const created = idsOf([first, second, third]);
  assert.deepEqual([...(ended?.endedIds ?? [])].sort(), created);
  assert.deepEqual(await livingChildren(at(stores, 0), parent), []);
  for (const id of created) assert.equal((await at(stores, 2).find(id))?.revokedAt, startAt);
}

async function cascadeAgainstRotate(stores: readonly SessionStore[], access: StoreAccess): Promise<void> {
  const parent = await parentOf(stores, access);
  const child = await createChild(at(stores, 0), parent, newChild(access.random, parent));
  const attempt = attemptFor(child);
  const [ended, result] = await inEitherOrder(
    access,
    () => at(stores, 1).revokeSession(parent.id, null, attempt.now),
    () => at(stores, 2).rotate(attempt),
  );
  assert.deepEqual(ended?.endedIds, [child.id]);
  const moved = result.rotated ? { ...child, ...rotated(child, attempt.now, attempt.network) } : child;
  assert.deepEqual(await at(stores, 3).find(child.id), { ...moved, revokedAt: attempt.now });
}

async function cascadeAgainstCascade(stores: readonly SessionStore[], access: StoreAccess): Promise<void> {
  const parent = await parentOf(stores, access);
  const child = await createChild(at(stores, 0), parent, newChild(access.random, parent));
  const ends = await Promise.all([
    at(stores, 1).revokeSession(parent.id, null, startAt),
    at(stores, 2).revokeSession(child.id, null, startAt),
    at(stores, 3).revokeSession(parent.id, null, startAt),
  ]);
  const named = ends.flatMap((ended) => (ended === null ? [] : [ended.session.id, ...ended.endedIds]));
  assert.deepEqual(named.sort(), [parent.id, child.id].sort());
}

async function revokeClientAgainstCreate(
  stores: readonly SessionStore[],
  access: StoreAccess,
): Promise<void> {
  const parent = await parentOf(stores, access);
  const clientCounter = await at(stores, 0).clientCounterOf(parent.subject, 'app');
  const child = newChild(access.random, parent, { offline: access.random.below(2) === 0 });
  const [{ endedIds }, created] = await inEitherOrder(
    access,
    () => at(stores, 1).revokeClient(parent.subject, 'app', startAt),
    () => at(stores, 2).create(childRequest(at(stores, 2), parent, child, { clientCounter })),
  );
  assert.deepEqual([...endedIds], idsOf([created]));
  if (created.outcome !== 'created') assert.deepEqual(created, { outcome: 'grant-ended' });
  assert.deepEqual(await livingChildren(at(stores, 3), parent), []);
}

async function revokeOthersAgainstChild(stores: readonly SessionStore[], access: StoreAccess): Promise<void> {
  const parent = await parentOf(stores, access);
  const child = newChild(access.random, parent);
  const [ended, created] = await inEitherOrder(
    access,
    () => at(stores, 1).revokeOthers(parent.subject, '', startAt),
    () => at(stores, 2).create(childRequest(at(stores, 2), parent, child)),
  );
  assert.deepEqual([...ended].sort(), [parent.id, ...idsOf([created])].sort());
  assert.deepEqual(await livingChildren(at(stores, 3), parent), []);
}

async function childrenAboveLimit(stores: readonly SessionStore[], access: StoreAccess): Promise<void> {
  const parent = await parentOf(stores, access);
  const limits = { ...limitsOf(9), perClient: 3 };
  const results = await Promise.all(
    Array.from({ length: 6 }, (_, index) => {
      const child = newChild(access.random, parent, { createdAt: startAt + index });
      return at(stores, index).create(childRequest(at(stores, index), parent, child, { limits }));
    }),
  );
  const ended = results.flatMap((result) => (result.outcome === 'created' ? result.endedIds : []));
  const alive = await livingChildren(at(stores, 0), parent);
  assert.deepEqual([alive.length, ended.length], [3, 3]);
  assert.deepEqual([...alive, ...ended].sort(), idsOf(results));
}

const by = { authTime: startAt + 5, acr: null, amr: ['hwk'] } as const;

async function reauthenticateAgainstRotate(
  stores: readonly SessionStore[],
  access: StoreAccess,
): Promise<void> {
  const read = await parentOf(stores, access);
  const [first, second] = await inEitherOrder(
    access,
    () => at(stores, 1).reauthenticate(read, by, null, startAt + 20),
    () => at(stores, 2).rotate(attemptFor(read)),
  );
  assert.equal(Number(first.rotated) + Number(second.rotated), 1);
  assert.deepEqual(first.session, second.session);
  assert.equal(first.session?.floor, first.rotated ? 1 : 0);
}

async function reauthenticateAgainstEnd(stores: readonly SessionStore[], access: StoreAccess): Promise<void> {
  const read = await parentOf(stores, access);
  const child = await createChild(at(stores, 0), read, newChild(access.random, read));
  const [again, ended] = await inEitherOrder(
    access,
    () => at(stores, 1).reauthenticate(read, by, null, startAt + 20),
    () => at(stores, 2).revokeSession(read.id, null, startAt + 20),
  );
  const moved = again.rotated ? { ...read, ...reauthenticated(read, startAt + 20, null), ...by } : read;
  assert.deepEqual(ended, { session: { ...moved, revokedAt: startAt + 20 }, endedIds: [child.id] });
  assert.deepEqual(await at(stores, 3).find(read.id), ended.session);
}
