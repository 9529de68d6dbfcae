import assert from 'node:assert/strict';
import type { StoreAccess } from './store-conformance.js';

const documentBytes = 256 * 1024;

export function describeDocuments({ runner, withStore }: StoreAccess): void {
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
  });
}
