import { describe, expect, test } from 'vitest';
import { createRewindableStore } from '../../src/modes/rewindable-store.js';

describe('a store that is put back', () => {
  test('is what it was at the time of the copy', async () => {
    const store = createRewindableStore();
    const { documents } = store;
    await documents.write('keys', 'ring', 0, 'first');
    store.backUp();
    await documents.write('keys', 'ring', 1, 'second');
    await store.sessions.revokeSubject('alice', 10);
    await store.restore();
    expect(await documents.read('keys', 'ring')).toEqual({ key: 'ring', version: 1, value: 'first' });
    expect(await store.sessions.revokeSubject('alice', 20)).toBe(1);
  });

  test('counts the calls of the session port alone', async () => {
    const store = createRewindableStore();
    await store.documents.write('keys', 'ring', 0, 'first');
    await store.sessions.revokeSubject('alice', 10);
    await store.sessions.find('x');
    expect(store.roundTrips()).toBe(2);
  });

  test('shows a thief every document', async () => {
    const store = createRewindableStore();
    await store.documents.write('keys', 'ring', 0, 'first');
    await store.documents.write('accounts', 'alice', 0, 'hash');
    expect((await store.readDocuments()).map(({ value }) => value)).toEqual(['first', 'hash']);
  });
});
