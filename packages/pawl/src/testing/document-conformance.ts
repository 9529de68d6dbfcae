import assert from 'node:assert/strict';
import type { StoredDocument } from '../stores/document-store.js';
import type { Store } from '../stores/store.js';
import { at, atOnce, testRounds } from './race.js';
import type { StoreAccess } from './store-access.js';

const documentBytes = 256 * 1024;
const removers = 8;

export function describeDocuments(access: StoreAccess): void {
  const { runner, withStore } = access;
  const { describe, test } = runner;
  describe('documents', () => {
    test('a document is written at version 1 and read back', () =>
      withStore(async ({ documents }) => {
        assert.equal(await documents.read('keys', 'ring'), null);
        assert.equal(await documents.write('keys', 'ring', 0, '{"a":1}'), true);
        assert.deepEqual(await documents.read('keys', 'ring'), { key: 'ring', version: 1, value: '{"a":1}' });
      }));

    test('a write succeeds only at the expected version', () =>
      withStore(async ({ documents }) => {
        assert.equal(await documents.write('c', 'k', 1, 'early'), false);
        assert.equal(await documents.write('c', 'k', 0, 'one'), true);
        assert.equal(await documents.write('c', 'k', 0, 'again'), false);
        assert.equal(await documents.write('c', 'k', 2, 'ahead'), false);
        assert.equal(await documents.write('c', 'k', 1, 'two'), true);
        assert.equal(await documents.write('c', 'k', 1, 'behind'), false);
        assert.deepEqual(await documents.read('c', 'k'), { key: 'k', version: 2, value: 'two' });
      }));

    test('collections are apart', () =>
      withStore(async ({ documents }) => {
        await documents.write('a', 'k', 0, 'of a');
        await documents.write('ab', 'k', 0, 'of ab');
        assert.equal((await documents.read('a', 'k'))?.value, 'of a');
        assert.equal((await documents.list('ab', null, 9)).length, 1);
        assert.equal(await documents.read('b', 'k'), null);
      }));

    test('a list is in the order of code units, after the cursor, up to the limit', () =>
      withStore(async ({ documents }) => {
        const keys = ['', 'B', 'a', 'a\0', 'aa', 'b', 'é', '\ud83d\ude00', '\uff5e'];
        for (const key of [...keys].reverse()) await documents.write('c', key, 0, `value of ${key}`);
        const listed = async (after: string | null, limit: number): Promise<string[]> =>
          (await documents.list('c', after, limit)).map(({ key }) => key);
        assert.deepEqual(await listed(null, 100), keys);
        assert.deepEqual(await listed(null, 2), keys.slice(0, 2));
        for (const [index, key] of keys.entries()) {
          assert.deepEqual(await listed(key, 3), keys.slice(index + 1, index + 4));
        }
        assert.deepEqual(await listed('ab', 1), ['b']);
      }));

    test('a document of the full size survives', () =>
      withStore(async ({ documents }) => {
        for (const value of ['', 'x'.repeat(documentBytes), 'é'.repeat(documentBytes / 2)]) {
          const version = (await documents.read('c', 'k'))?.version ?? 0;
          assert.equal(await documents.write('c', 'k', version, value), true);
          assert.equal((await documents.read('c', 'k'))?.value, value);
        }
      }));

    describeRemoval(access);
    describeRacesOfRemoval(access);
  });
}

function describeRemoval({ runner: { test }, withStore }: StoreAccess): void {
  test('a removal succeeds only at the expected version', () =>
    withStore(async ({ documents }) => {
      assert.equal(await documents.remove('c', 'k', 0), false);
      assert.equal(await documents.remove('c', 'k', 1), false);
      await documents.write('c', 'k', 0, 'one');
      await documents.write('c', 'k', 1, 'two');
      for (const version of [0, 1, 3]) assert.equal(await documents.remove('c', 'k', version), false);
      assert.deepEqual(await documents.read('c', 'k'), { key: 'k', version: 2, value: 'two' });
      assert.equal(await documents.remove('c', 'k', 2), true);
      assert.equal(await documents.read('c', 'k'), null);
      assert.equal(await documents.remove('c', 'k', 2), false);
      assert.equal(await documents.write('c', 'k', 2, 'three'), false);
      assert.equal(await documents.read('c', 'k'), null);
    }));

  test('a document that is written again after its removal begins at version 1', () =>
    withStore(async ({ documents }) => {
      for (const value of ['first', 'second', 'third']) {
        assert.equal(await documents.write('c', 'k', 0, value), true);
        assert.deepEqual(await documents.read('c', 'k'), { key: 'k', version: 1, value });
        assert.equal(await documents.remove('c', 'k', 1), true);
      }
    }));

  test('a removal takes the document out of the list, and no other', () =>
    withStore(async ({ documents }) => {
      const keys = ['', 'a', 'a\0', 'b', '\ud83d', '\ud83d\ude00'];
      for (const collection of ['c', 'd']) {
        for (const key of keys) await documents.write(collection, key, 0, key);
      }
      const left = [...keys];
      for (const key of keys) {
        left.shift();
        assert.equal(await documents.remove('c', key, 1), true);
        const listed = await documents.list('c', null, 100);
        assert.deepEqual(
          listed.map((document) => document.key),
          left,
        );
      }
      assert.equal((await documents.list('d', null, 100)).length, keys.length);
    }));
}

function describeRacesOfRemoval(access: StoreAccess): void {
  const race = (name: string, round: (stores: readonly Store[], key: string) => Promise<void>): void => {
    testRounds(access, name, (stores, { random }) => round(stores, random.text(8)));
  };

  race('8 removals of one version over 4 connections: exactly one removes', async (stores, key) => {
    await at(stores, 0).documents.write('c', key, 0, 'one');
    const answers = await atOnce(removers, stores, ({ documents }) => documents.remove('c', key, 1));
    assert.equal(answers.filter(Boolean).length, 1);
    assert.equal(await at(stores, 1).documents.read('c', key), null);
  });

  race('removals and writes of one version: exactly one of them happens', async (stores, key) => {
    await at(stores, 0).documents.write('c', key, 0, 'one');
    const [removed, written] = await Promise.all([
      atOnce(removers / 2, stores, ({ documents }) => documents.remove('c', key, 1)),
      atOnce(removers / 2, stores, ({ documents }) => documents.write('c', key, 1, 'two')),
    ]);
    const removals = removed.filter(Boolean).length;
    const writes = written.filter(Boolean).length;
    assert.equal(removals + writes, 1);
    const left: StoredDocument | null = removals === 1 ? null : { key, version: 2, value: 'two' };
    assert.deepEqual(await at(stores, 3).documents.read('c', key), left);
    const after = await at(stores, 2).documents.list('c', null, 1000);
    assert.equal(
      after.some((document) => document.key === key),
      writes === 1,
    );
    if (writes === 1) await at(stores, 0).documents.remove('c', key, 2);
  });

  race('a removal and a first write: the document is the new one, or gone', async (stores, key) => {
    await at(stores, 0).documents.write('c', key, 0, 'one');
    const [isRemoved, isWritten] = await Promise.all([
      at(stores, 1).documents.remove('c', key, 1),
      at(stores, 2).documents.write('c', key, 0, 'again'),
    ]);
    assert.equal(isRemoved, true);
    const left: StoredDocument | null = isWritten ? { key, version: 1, value: 'again' } : null;
    assert.deepEqual(await at(stores, 3).documents.read('c', key), left);
    if (isWritten) await at(stores, 0).documents.remove('c', key, 1);
  });
}
