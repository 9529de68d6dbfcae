import { expect, test } from 'vitest';
import type { Store } from '../../src/stores/index.js';
import { createSeededRandom } from '../../src/testing/seeded-random.js';
import { createSession, attemptFor, newSession, policy, startAt } from '../../src/testing/session-fixture.js';

/** One member of a record, as a database holds it. */
export type Member = 'floor' | 'binding' | 'on_reuse' | 'on_wrong_key';

/** A store, and its database without it. */
export interface OpenedRecords {
  readonly store: Store;
  /** Writes into the record of a session. */
  readonly put: (sessionId: string, member: Member, value: string) => Promise<void>;
  /** Everything that the database holds of a session. */
  readonly read: (sessionId: string) => Promise<unknown>;
}

export const unreadable: object = {
  code: 'store_incompatible',
  message: 'The record of a session was not written by this version of Pawl: it cannot be read.',
};

const random = createSeededRandom(8);

const foreign: readonly (readonly [Member, string])[] = [
  ['binding', 'passkey:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'],
  ['binding', 'dpop'],
  ['binding', ''],
  ['on_reuse', 'client'],
  ['on_wrong_key', 'ignore'],
];

/** What a store does with a record that holds what it does not write itself, yet or any more. */
export function testRecords(open: () => Promise<OpenedRecords>): void {
  test('a floor in the record comes back from each step', async () => {
    const { store, put } = await open();
    const { session } = await createSession(store.sessions, newSession(random), 5, startAt);
    expect(session.floor).toBe(0);
    await put(session.id, 'floor', '4000000000');
    const found = await store.sessions.find(session.id);
    expect(found).toEqual({ ...session, floor: 4_000_000_000 });
    expect(await store.sessions.list(session.subject, startAt)).toEqual([found]);
    const { rotated, session: moved } = await store.sessions.rotate(attemptFor(session));
    expect([rotated, moved?.floor]).toEqual([true, 4_000_000_000]);
    const to = { ...session, seen: true };
    const applied = await store.sessions.apply(moved ?? session, { kind: 'advance', to }, startAt);
    expect(applied.session).toEqual({ ...to, floor: 4_000_000_000 });
    await store.close();
  });

  test.each(foreign)('a record with the %s "%s" is refused and left untouched', async (member, word) => {
    const { store, put, read } = await open();
    const windowless = newSession(random, { policy: { ...policy, windowSeconds: 0 } });
    const other = newSession(random);
    for (const session of [windowless, other]) await createSession(store.sessions, session, 5, startAt);
    await put(windowless.id, member, word);
    const before = await read(windowless.id);
    const attempts = [attemptFor(windowless), attemptFor(other)];
    const [refused, rotated] = await Promise.allSettled(attempts.map((one) => store.sessions.rotate(one)));
    expect(refused).toMatchObject({ status: 'rejected', reason: unreadable });
    // What stands beside it in the same statement or transaction is rotated all the same.
    expect(rotated).toMatchObject({ status: 'fulfilled', value: { rotated: true } });
    await expect(store.sessions.find(windowless.id)).rejects.toMatchObject(unreadable);
    await expect(store.sessions.list(windowless.subject, startAt)).rejects.toMatchObject(unreadable);
    expect(await read(windowless.id)).toEqual(before);
    await store.close();
  });
}
