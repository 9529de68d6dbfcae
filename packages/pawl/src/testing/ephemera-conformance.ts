import assert from 'node:assert/strict';
import { isPawlError } from '../errors.js';
import { maxEphemeralBytes, maxEphemeralSeconds } from '../stores/ephemera.js';
import type { Store } from '../stores/store.js';
import { at, atOnce, testRounds } from './race.js';
import { startAt } from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

const rivals = 8;
const endsAt = startAt + 60;

export function describeEphemera(access: StoreAccess): void {
  access.runner.describe('ephemera', () => {
    testValues(access);
    testEnds(access);
    testTexts(access);
    testRules(access);
    testRaces(access);
  });
}

function testValues({ runner: { test }, withStore }: StoreAccess): void {
  test('a value is put once, and read as often as one likes', () =>
    withStore(async ({ ephemera }) => {
      assert.equal(await ephemera.read('k', startAt), null);
      assert.equal(await ephemera.put('k', 'one', endsAt, startAt), true);
      assert.equal(await ephemera.put('k', 'two', endsAt + 60, startAt), false);
      for (const now of [startAt, startAt + 1]) assert.equal(await ephemera.read('k', now), 'one');
    }));

  test('a value is taken once; its key is free then', () =>
    withStore(async ({ ephemera }) => {
      assert.equal(await ephemera.take('k', startAt), null);
      await ephemera.put('k', 'one', endsAt, startAt);
      assert.equal(await ephemera.take('k', startAt), 'one');
      assert.equal(await ephemera.take('k', startAt), null);
      assert.equal(await ephemera.read('k', startAt), null);
      assert.equal(await ephemera.swap('k', 'one', 'two', startAt), false);
      assert.equal(await ephemera.put('k', 'two', endsAt, startAt), true);
      assert.equal(await ephemera.read('k', startAt), 'two');
    }));

  test('a value is swapped only for the one that is expected', () =>
    withStore(async ({ ephemera }) => {
      assert.equal(await ephemera.swap('k', '', 'two', startAt), false);
      assert.equal(await ephemera.read('k', startAt), null);
      await ephemera.put('k', 'one', endsAt, startAt);
      for (const other of ['', 'On', 'One', 'ONE', 'one ', ' one', 'one\0']) {
        assert.equal(await ephemera.swap('k', other, 'wrong', startAt), false);
      }
      assert.equal(await ephemera.read('k', startAt), 'one');
      assert.equal(await ephemera.swap('k', 'one', 'two', startAt), true);
      assert.equal(await ephemera.swap('k', 'one', 'three', startAt), false);
      assert.equal(await ephemera.swap('k', 'two', 'two', startAt), true);
      assert.equal(await ephemera.take('k', startAt), 'two');
    }));

  test('keys are apart, whatever they differ in', () =>
    withStore(async ({ ephemera }) => {
      const keys = ['a', 'A', 'a_', 'a-', 'a:', ':a', 'a:a', 'aa', 'a'.repeat(128), `${'a'.repeat(127)}b`];
      for (const key of keys) assert.equal(await ephemera.put(key, `of ${key}`, endsAt, startAt), true);
      for (const key of keys) assert.equal(await ephemera.take(key, startAt), `of ${key}`);
    }));
}

function testEnds({ runner: { test }, withStore }: StoreAccess): void {
  test('a value answers until its end and never from it on, also when nothing was swept', () =>
    withStore(async ({ ephemera }) => {
      const ends = endsAt + 0.5;
      for (const key of ['read', 'take', 'swap', 'put']) await ephemera.put(key, 'one', ends, startAt);
      const before = ends - 0.25;
      assert.equal(await ephemera.read('read', before), 'one');
      assert.equal(await ephemera.put('put', 'two', ends + 60, before), false);
      assert.equal(await ephemera.read('read', ends), null);
      assert.equal(await ephemera.swap('swap', 'one', 'two', ends), false);
      assert.equal(await ephemera.take('take', ends), null);
      assert.equal(await ephemera.put('put', 'two', ends + 60, ends), true);
      assert.equal(await ephemera.read('put', ends), 'two');
    }));

  test('a swap keeps the end', () =>
    withStore(async ({ ephemera }) => {
      await ephemera.put('k', 'one', endsAt, startAt);
      assert.equal(await ephemera.swap('k', 'one', 'two', endsAt - 1), true);
      assert.equal(await ephemera.read('k', endsAt - 0.25), 'two');
      assert.equal(await ephemera.read('k', endsAt), null);
    }));

  test('what ends at once is put, and does not answer', () =>
    withStore(async ({ ephemera }) => {
      assert.equal(await ephemera.put('k', 'one', startAt, startAt), true);
      assert.equal(await ephemera.read('k', startAt), null);
      assert.equal(await ephemera.put('k', 'two', endsAt, startAt), true);
      assert.equal(await ephemera.read('k', startAt), 'two');
    }));

  test('a sweep takes what has expired and nothing else, and does not count it', () =>
    withStore(async (store) => {
      const { ephemera } = store;
      for (const key of ['a', 'b']) await ephemera.put(key, 'early', endsAt, startAt);
      await ephemera.put('late', 'late', endsAt + 60, startAt);
      assert.equal(await store.sweep(endsAt - 0.25, 100), 0);
      assert.equal(await ephemera.read('a', endsAt - 0.25), 'early');
      assert.equal(await store.sweep(endsAt, 100), 0);
      assert.equal(await ephemera.read('late', endsAt), 'late');
      for (const key of ['a', 'b']) assert.equal(await ephemera.put(key, 'new', endsAt + 60, endsAt), true);
      assert.equal(await store.sweep(endsAt + 1, 100), 0);
      for (const key of ['a', 'b']) assert.equal(await ephemera.take(key, endsAt + 1), 'new');
    }));
}

function testTexts({ runner: { test }, withStore }: StoreAccess): void {
  const texts = [
    ...['', ' ', ' padded ', '0', '-', '"quoted" \\', 'line\nline\r\n', 'null', '{"a":1}'],
    ...[
      'nul\0nul',
      '\0',
      '\u0001',
      '\u0001"nul"',
      'é',
      'e\u0301',
      '\ud83d\ude00',
      '\ud83d',
      '\ude00',
      '\ufffd',
    ],
  ];

  test('every text comes back as it was, and is told from every other by a swap', () =>
    withStore(async ({ ephemera }) => {
      await ephemera.put('k', 'first', endsAt, startAt);
      let last = 'first';
      for (const text of texts) {
        for (const other of texts.filter((one) => one !== last)) {
          assert.equal(await ephemera.swap('k', other, 'wrong', startAt), false);
        }
        assert.equal(await ephemera.swap('k', last, text, startAt), true);
        assert.equal(await ephemera.read('k', startAt), text);
        assert.equal(await ephemera.take('k', startAt), text);
        assert.equal(await ephemera.put('k', text, endsAt, startAt), true);
        last = text;
      }
    }));
}

function testRules({ runner: { test }, withStore }: StoreAccess): void {
  const [ascii, wide, single] = ['x'.repeat(maxEphemeralBytes), 'é'.repeat(maxEphemeralBytes / 2), '\ud83d'];
  const longest = [ascii, wide, `${single.repeat(5461)}x`, '\0'.repeat(maxEphemeralBytes)];

  test('the largest value and the latest end are kept, and what is above them refused', () =>
    withStore(async ({ ephemera }) => {
      const latest = startAt + maxEphemeralSeconds;
      for (const [index, value] of longest.entries()) {
        const key = `k${String(index)}`;
        assert.equal(await ephemera.put(key, value, latest, startAt), true);
        await refused(() => ephemera.swap(key, value, `${value}x`, startAt));
        assert.equal(await ephemera.read(key, latest - 1), value);
        await refused(() => ephemera.put('large', `${value}x`, latest, startAt));
      }
      for (const end of [latest + 0.001, Number.POSITIVE_INFINITY, Number.NaN]) {
        await refused(() => ephemera.put('late', 'x', end, startAt));
      }
      for (const key of ['large', 'late']) assert.equal(await ephemera.read(key, startAt), null);
    }));

  test('a key that is none is refused', () =>
    withStore(async ({ ephemera }) => {
      for (const key of ['', 'a b', 'a\n', 'a\0', 'a/b', 'a{b}', 'é', 'a'.repeat(129)]) {
        await refused(() => ephemera.put(key, 'x', endsAt, startAt));
        await refused(() => ephemera.read(key, startAt));
        await refused(() => ephemera.take(key, startAt));
        await refused(() => ephemera.swap(key, 'x', 'y', startAt));
      }
    }));
}

async function refused(call: () => Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => isPawlError(error, 'internal'));
}

function testRaces(access: StoreAccess): void {
  const race = (name: string, round: (stores: readonly Store[], key: string) => Promise<void>): void => {
    testRounds(access, name, (stores, { random }) => round(stores, random.text(16)));
  };

  race(
    '8 puts over 4 connections: exactly one is written, also behind one that expired',
    async (stores, key) => {
      for (const now of [startAt, endsAt]) {
        const answers = await atOnce(rivals, stores, ({ ephemera }, index) =>
          ephemera.put(key, `${String(now)} ${String(index)}`, now + 60, now),
        );
        assert.equal(answers.filter(Boolean).length, 1);
        const winner = String(answers.indexOf(true));
        assert.equal(await at(stores, 3).ephemera.read(key, now), `${String(now)} ${winner}`);
      }
    },
  );

  race('8 takers over 4 connections: exactly one gets the value', async (stores, key) => {
    await at(stores, 0).ephemera.put(key, 'one', endsAt, startAt);
    const answers = await atOnce(rivals, stores, ({ ephemera }) => ephemera.take(key, startAt));
    assert.deepEqual(
      answers.filter((answer) => answer !== null),
      ['one'],
    );
    assert.equal(await at(stores, 1).ephemera.read(key, startAt), null);
  });

  race('8 swaps from one value over 4 connections: exactly one is made', async (stores, key) => {
    await at(stores, 0).ephemera.put(key, 'one', endsAt, startAt);
    const answers = await atOnce(rivals, stores, ({ ephemera }, index) =>
      ephemera.swap(key, 'one', `by ${String(index)}`, startAt),
    );
    assert.equal(answers.filter(Boolean).length, 1);
    const winner = `by ${String(answers.indexOf(true))}`;
    assert.equal(await at(stores, 1).ephemera.read(key, startAt), winner);
  });

  race('swaps and takes: the value that is taken is one that was there last', async (stores, key) => {
    await at(stores, 0).ephemera.put(key, 'one', endsAt, startAt);
    const [swapped, taken] = await Promise.all([
      at(stores, 1).ephemera.swap(key, 'one', 'two', startAt),
      at(stores, 2).ephemera.take(key, startAt),
    ]);
    assert.equal(taken, swapped ? 'two' : 'one');
    assert.equal(await at(stores, 3).ephemera.take(key, startAt), null);
  });
}
