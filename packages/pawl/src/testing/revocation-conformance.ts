import assert from 'node:assert/strict';
import type { RevocationEntry, RevocationStore } from '../stores/revocations.js';
import type { Store } from '../stores/store.js';
import { connections } from './race.js';
import { createSession, newSession, startAt } from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

const at: number = startAt + 21;

export function describeRevocations(access: StoreAccess): void {
  access.runner.describe('revocations', () => {
    testWhatIsPublished(access);
    testReading(access);
    testTrimming(access);
    testWatching(access);
    testRaces(access);
  });
}

/** Everything behind a cursor, which must go on from there. */
async function readOn(feed: RevocationStore, after: string): Promise<RevocationEntry[]> {
  const entries: RevocationEntry[] = [];
  for (let cursor = after; ; ) {
    const page = await feed.read(cursor, 7);
    assert.ok(page.isContinued);
    entries.push(...page.entries);
    if (!page.hasMore) return entries;
    cursor = page.cursor;
  }
}

async function cursorOf(feed: RevocationStore): Promise<string> {
  const page = await feed.read(null, 10_000);
  assert.ok(!page.hasMore);
  return page.cursor;
}

function keys(...names: readonly string[]): RevocationEntry[] {
  return names.map((kid) => ({ kind: 'key', kid, at }));
}

function testWhatIsPublished({ runner: { test }, random, withStore }: StoreAccess): void {
  test('every step that ends something is in the feed, in the order of the steps', () =>
    withStore(async ({ sessions, revocations }) => {
      const cursor = await cursorOf(revocations);
      const subject = 'ünïcode \0 \ud800 "subject"\n';
      const [a, b, c, d, e] = Array.from({ length: 5 }, (_, index) =>
        newSession(random, { subject, createdAt: startAt + index }),
      ) as [Session, Session, Session, Session, Session];
      await createSession(sessions, a, 2, at);
      await createSession(sessions, b, 2, at + 1);
      await createSession(sessions, c, 2, at + 2);
      await sessions.revokeOthers(subject, c.id, at + 3);
      const { session: read } = await createSession(sessions, d, 2, at + 4);
      await sessions.apply(read, { kind: 'revoke-session' }, at + 5);
      await sessions.revokeSession(c.id, null, at + 6);
      await sessions.revokeSubject(subject, at + 7);
      const { session: last } = await createSession(sessions, e, 2, at + 8);
      await sessions.apply(last, { kind: 'revoke-subject' }, at + 9);
      await revocations.append([{ kind: 'key', kid: 'k1', at: at + 10 }]);
      assert.deepEqual(await readOn(revocations, cursor), [
        { kind: 'session', sessionId: a.id, at: at + 2 },
        { kind: 'session', sessionId: b.id, at: at + 3 },
        { kind: 'session', sessionId: d.id, at: at + 5 },
        { kind: 'session', sessionId: c.id, at: at + 6 },
        { kind: 'subject', subject, epoch: 1, at: at + 7 },
        { kind: 'subject', subject, epoch: 2, at: at + 9 },
        { kind: 'key', kid: 'k1', at: at + 10 },
      ]);
    }));

  test('steps that end nothing add nothing', () =>
    withStore(async ({ sessions, revocations }) => {
      const session = newSession(random);
      const { session: read } = await createSession(sessions, session, 2, at);
      await sessions.revokeSession(session.id, 'bm90IHRoZSBoYXNo', at);
      await sessions.revokeSession(newSession(random).id, null, at);
      await sessions.revokeOthers(session.subject, session.id, at);
      await sessions.apply({ ...read, generation: 7 }, { kind: 'revoke-subject' }, at);
      await sessions.apply(read, { kind: 'advance', to: { ...read, fork: 1 } }, at);
      assert.deepEqual((await revocations.read(null, 10)).entries, []);
      await sessions.revokeSession(session.id, null, at);
      await sessions.revokeSession(session.id, null, at);
      await sessions.apply(read, { kind: 'revoke-session' }, at);
      await revocations.append([]);
      assert.equal((await revocations.read(null, 10)).entries.length, 1);
    }));
}

type Session = ReturnType<typeof newSession>;

function testReading({ runner: { test }, withStore, withStores }: StoreAccess): void {
  test('pages follow each other, and the end is known', () =>
    withStores(2, async (stores) => {
      const [first, second] = stores as [Store, Store];
      await first.revocations.append(keys('1', '2', '3', '4', '5'));
      const start = await first.revocations.read(null, 2);
      assert.deepEqual([start.entries, start.hasMore, start.isContinued], [keys('1', '2'), true, false]);
      // A cursor holds on every connection.
      const middle = await second.revocations.read(start.cursor, 3);
      assert.deepEqual(
        [middle.entries, middle.hasMore, middle.isContinued],
        [keys('3', '4', '5'), false, true],
      );
      const end = await first.revocations.read(middle.cursor, 3);
      assert.deepEqual([end.entries, end.hasMore, end.isContinued], [[], false, true]);
      assert.equal(end.cursor, middle.cursor);
    }));

  test('a reader of the empty feed misses nothing', () =>
    withStore(async ({ revocations }) => {
      const empty = await revocations.read(null, 10);
      assert.deepEqual([empty.entries, empty.isContinued], [[], false]);
      assert.ok((await revocations.read(empty.cursor, 10)).isContinued);
      await revocations.append(keys('1'));
      assert.deepEqual(await readOn(revocations, empty.cursor), keys('1'));
    }));

  test('a cursor of another feed, and a text that is none, begin at the oldest and say so', async () => {
    let cursors: readonly string[] = [];
    await withStore(async ({ revocations }) => {
      await revocations.append(keys('1', '2'));
      const pages = [await revocations.read(null, 1), await revocations.read(null, 2)];
      cursors = pages.map(({ cursor }) => cursor);
    });
    const garbage = [
      '',
      '0',
      '1.',
      '99999999999999999999.x',
      '-1.x',
      'nonsense',
      "1.'; drop",
      '1-1.AAAA',
      '0.x',
    ];
    await withStore(async ({ revocations }) => {
      await revocations.append(keys('3', '4'));
      for (const cursor of [...cursors, ...garbage]) {
        const page = await revocations.read(cursor, 10);
        assert.deepEqual([page.entries, page.isContinued], [keys('3', '4'), false], cursor);
      }
    });
  });
}

function testTrimming({ runner: { test }, withStore }: StoreAccess): void {
  test('old entries are trimmed up to the limit, and the newest stays', () =>
    withStore(async ({ revocations }) => {
      const entry = (kid: string, age: number): RevocationEntry => ({ kind: 'key', kid, at: at - age });
      await revocations.append([entry('1', 30), entry('2', 20), entry('3', 10), entry('4', 10)]);
      assert.equal(await revocations.trim(at - 31, 10), 0);
      assert.equal(await revocations.trim(at - 20, 1), 1);
      assert.equal(await revocations.trim(at - 20, 10), 1);
      assert.deepEqual((await revocations.read(null, 10)).entries, [entry('3', 10), entry('4', 10)]);
      assert.equal(await revocations.trim(at, 10), 1);
      assert.deepEqual((await revocations.read(null, 10)).entries, [entry('4', 10)]);
    }));

  test('a reader whose own place was trimmed goes on; one that missed an entry is told', () =>
    withStore(async ({ revocations }) => {
      await revocations.append(keys('1', '2', '3'));
      const first = await revocations.read(null, 1);
      const second = await revocations.read(first.cursor, 1);
      assert.equal(await revocations.trim(at, 10), 2);
      const goesOn = await revocations.read(second.cursor, 10);
      assert.deepEqual([goesOn.entries, goesOn.isContinued], [keys('3'), true]);
      const missed = await revocations.read(first.cursor, 10);
      assert.deepEqual([missed.entries, missed.isContinued], [keys('3'), false]);
    }));
}

function testWatching({ runner: { test }, random, withStores }: StoreAccess): void {
  test('a watcher is woken by what this and another connection did, until it stops', () =>
    withStores(2, async (stores) => {
      const [first, second] = stores as [Store, Store];
      let cursor = await cursorOf(first.revocations);
      for (const store of [first, second, second]) {
        const session = newSession(random);
        await createSession(store.sessions, session, 5, startAt);
        const before = cursor;
        let isSeen = false;
        const seen = new Promise<void>((resolve, reject) => {
          const stop = first.revocations.watch(() => {
            first.revocations.read(before, 10).then((page) => {
              // An answer that comes later may tell of the next end already.
              if (isSeen || page.entries.length === 0) return;
              isSeen = true;
              ({ cursor } = page);
              stop();
              resolve();
            }, reject);
          });
        });
        await store.sessions.revokeSession(session.id, null, at);
        await seen;
      }
      let wakes = 0;
      const stop = first.revocations.watch(() => {
        wakes += 1;
      });
      stop();
      await first.revocations.append(keys('after'));
      await cursorOf(first.revocations);
      assert.equal(wakes, 0);
    }));
}

function testRaces({ runner: { test }, random, raceRounds, withStores }: StoreAccess): void {
  test(
    'ends on several connections at once: every reader sees each exactly once, in the same order',
    () =>
      withStores(connections, async (stores) => {
        const cursors = await Promise.all(stores.map(({ revocations }) => cursorOf(revocations)));
        const seen: RevocationEntry[][] = stores.map(() => []);
        const ended: string[] = [];

        async function readAll(): Promise<void> {
          for (const [index, { revocations }] of stores.entries()) {
            const page = await revocations.read(cursors[index] ?? '', 100);
            assert.ok(page.isContinued);
            cursors[index] = page.cursor;
            seen[index]?.push(...page.entries);
          }
        }

        for (let round = 0; round < raceRounds; round += 1) {
          const session = newSession(random);
          const loner = newSession(random);
          const { session: read } = await createSession((stores[0] as Store).sessions, session, 5, startAt);
          await createSession((stores[0] as Store).sessions, loner, 5, startAt);
          const [first, second, third, fourth] = stores.map(({ sessions }) => sessions);
          await Promise.all([
            first?.revokeSession(session.id, null, at),
            second?.apply(read, { kind: 'revoke-session' }, at),
            third?.revokeOthers(session.subject, '', at),
            fourth?.revokeSubject(loner.subject, at),
            readAll(),
          ]);
          ended.push(session.id, `${loner.subject} 1`);
        }
        await readAll();
        const names = seen.map((entries) =>
          entries.map((entry) => (entry.kind === 'session' ? entry.sessionId : nameOf(entry))),
        );
        for (const list of names) {
          assert.deepEqual(list, names[0]);
          assert.deepEqual([...list].sort(), [...ended].sort());
        }
      }),
    120_000,
  );
}

function nameOf(entry: RevocationEntry): string {
  return entry.kind === 'subject' ? `${entry.subject} ${String(entry.epoch)}` : entry.kind;
}
