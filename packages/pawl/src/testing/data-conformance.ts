import assert from 'node:assert/strict';
import { rotationOf } from '../rotation/session.js';
import { endedRetentionSeconds } from '../stores/session-store.js';
import { at, atOnce, testRounds } from './race.js';
import { createSession, newSession, startAt } from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

const empty = { version: 0, value: null };

export function describeData(access: StoreAccess): void {
  access.runner.describe('data of sessions', () => {
    testVersions(access);
    testLiveness(access);
    testSweep(access);
    testRaces(access);
  });
}

function testVersions({ runner: { test }, random, withStores }: StoreAccess): void {
  test('a write at the version that is there is seen on every connection, at any other nothing changes', () =>
    withStores(2, async ([one, two]) => {
      assert.ok(one !== undefined && two !== undefined);
      const session = newSession(random);
      await createSession(one.sessions, session, 5, startAt);
      const { id } = session;
      assert.deepEqual(await one.data.read(id, startAt), empty);
      assert.equal(await one.data.write(id, 1, 'early', startAt), 'conflict');
      assert.deepEqual(await two.data.read(id, startAt), empty);
      for (const [version, value] of ['first', 'second', ''].entries()) {
        assert.equal(await one.data.write(id, version, value, startAt), 'written');
        assert.deepEqual(await two.data.read(id, startAt), { version: version + 1, value });
        assert.equal(await two.data.write(id, version, 'again', startAt), 'conflict');
        assert.equal(await two.data.write(id, version + 2, 'ahead', startAt), 'conflict');
        assert.deepEqual(await one.data.read(id, startAt), { version: version + 1, value });
      }
    }));

  test('the data of sessions of one subject are apart, and moving a session leaves its data alone', () =>
    withStores(1, async ([store]) => {
      assert.ok(store !== undefined);
      const { sessions, data } = store;
      const session = newSession(random);
      const other = newSession(random, { subject: session.subject });
      const { session: read } = await createSession(sessions, session, 5, startAt);
      await createSession(sessions, other, 5, startAt);
      await data.write(session.id, 0, 'mine', startAt);
      const to = { ...rotationOf(read), rotatedAt: startAt + 9 };
      assert.equal((await sessions.apply(read, { kind: 'advance', to }, startAt + 9)).applied, true);
      assert.deepEqual(await data.read(session.id, startAt + 9), { version: 1, value: 'mine' });
      assert.deepEqual(await data.read(other.id, startAt + 9), empty);
      assert.equal((await sessions.list(session.subject, startAt + 9)).length, 2);
    }));
}

function testLiveness({ runner: { test }, random, withStore }: StoreAccess): void {
  test('no data is read or written of a session that has ended, expired or never was', () =>
    withStore(async ({ sessions, data }) => {
      const far = { expiresAt: startAt + 1e9, idleSeconds: 1e9 };
      const [expired, idle, revoked, behind, other] = [
        newSession(random, { ...far, expiresAt: startAt + 100 }),
        newSession(random, { ...far, idleSeconds: 100 }),
        newSession(random, far),
        newSession(random, far),
        newSession(random, far),
      ];
      const over = [expired, idle, revoked, behind];
      for (const session of [...over, other]) await createSession(sessions, session, 9, startAt);
      for (const { id } of over) assert.equal(await data.write(id, 0, 'early', startAt + 99), 'written');
      await sessions.revokeSession(revoked.id, null, startAt + 99);
      await sessions.revokeSubject(behind.subject, startAt + 99);
      for (const id of [...over.map((session) => session.id), random.text(16), '', 'no base64url']) {
        for (const version of [0, 1]) {
          assert.equal(await data.write(id, version, 'late', startAt + 100), 'ended');
        }
        assert.equal(await data.read(id, startAt + 100), null);
      }
      assert.deepEqual(await data.read(expired.id, startAt + 99), { version: 1, value: 'early' });
      assert.deepEqual(await data.read(other.id, startAt + 100), empty);
    }));
}

function testSweep({ runner: { test }, random, withStore }: StoreAccess): void {
  test('the data goes with the record, and only with it', () =>
    withStore(async (store) => {
      const { sessions, data } = store;
      const session = newSession(random);
      const kept = newSession(random, {
        subject: session.subject,
        expiresAt: startAt + 1e9,
        idleSeconds: 1e9,
      });
      for (const { id } of [
        await createSession(sessions, session, 9, startAt),
        await createSession(sessions, kept, 9, startAt),
      ].map((created) => created.session)) {
        await data.write(id, 0, 'text', startAt);
      }
      await sessions.revokeSession(session.id, null, startAt);
      assert.equal(await store.sweep(startAt + endedRetentionSeconds, 100), 1);
      // The same id again: what was kept beside the one before must not be there.
      await createSession(sessions, session, 9, startAt);
      assert.deepEqual(await data.read(session.id, startAt), empty);
      assert.deepEqual(await data.read(kept.id, startAt), { version: 1, value: 'text' });
    }));
}

function testRaces(access: StoreAccess): void {
  testRounds(access, 'writes of one version: exactly one is written', async (stores, { random }) => {
    const session = newSession(random);
    await createSession(at(stores, 0).sessions, session, 5, startAt);
    for (const version of [0, 1]) {
      const outcomes = await atOnce(4, stores, ({ data }, index) =>
        data.write(session.id, version, `${version} ${index}`, startAt),
      );
      assert.equal(outcomes.filter((outcome) => outcome === 'written').length, 1);
      assert.equal(outcomes.filter((outcome) => outcome === 'conflict').length, 3);
      assert.deepEqual(await at(stores, 3).data.read(session.id, startAt), {
        version: version + 1,
        value: `${version} ${outcomes.indexOf('written')}`,
      });
    }
  });
  testRounds(
    access,
    'writes and an end: nothing is written after it, and the session stays ended',
    async (stores, { random }) => {
      const session = newSession(random);
      await createSession(at(stores, 0).sessions, session, 5, startAt);
      const end = random.pick([
        () => at(stores, 1).sessions.revokeSession(session.id, null, startAt),
        () => at(stores, 1).sessions.revokeSubject(session.subject, startAt),
        () => at(stores, 1).sessions.revokeOthers(session.subject, '', startAt),
      ]);
      const writeInTurn = async (): Promise<number> => {
        let written = 0;
        while ((await at(stores, 2).data.write(session.id, written, 'text', startAt)) === 'written')
          written += 1;
        return written;
      };
      const writing = writeInTurn();
      await Promise.all([writing, end()]);
      assert.equal(await at(stores, 3).data.write(session.id, await writing, 'late', startAt), 'ended');
      assert.equal(await at(stores, 0).data.read(session.id, startAt), null);
      assert.deepEqual(await at(stores, 3).sessions.list(session.subject, startAt), []);
    },
  );
}
