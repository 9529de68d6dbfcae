import { createMemoryStore } from 'pawl/stores/memory';
import { expect, test } from 'vitest';
import {
  addDeadLetter,
  type DeadLetter,
  maxDeadLetters,
  readDeadLetters,
} from '../../src/webhooks/dead-letters.js';

function letter(index: number, text = ''): DeadLetter {
  return { cursor: String(index), at: index, body: JSON.stringify({ text }), gaveUpAt: index, failure: 'x' };
}

test('dead letters are bounded: the oldest go, and their number is kept', async () => {
  const { documents } = createMemoryStore();
  for (let index = 0; index < maxDeadLetters + 5; index += 1)
    await addDeadLetter(documents, 'siem', letter(index));
  const { letters, dropped } = await readDeadLetters(documents, 'siem');
  expect([letters.length, letters[0]?.cursor, dropped]).toEqual([maxDeadLetters, '5', 5]);
});

test('dead letters of the longest events fit into a document', async () => {
  const { documents } = createMemoryStore();
  // The longest subject and device, of characters that JSON writes as six, in a text of JSON inside JSON.
  for (let index = 0; index < maxDeadLetters; index += 1)
    await addDeadLetter(documents, 'siem', letter(index, '\u0001'.repeat(455)));
  const document = await documents.read('webhooks', 'dead:siem');
  expect(Buffer.byteLength(document?.value ?? '')).toBeLessThan(256 * 1024);
  expect((await readDeadLetters(documents, 'siem')).letters.length).toBeGreaterThan(30);
});

test('letters that are added at once are all kept, and one that is added twice is there once', async () => {
  const { documents } = createMemoryStore();
  await Promise.all([0, 1, 2, 3, 4, 4].map((index) => addDeadLetter(documents, 'siem', letter(index))));
  const { letters } = await readDeadLetters(documents, 'siem');
  expect(letters.map(({ cursor }) => cursor).sort()).toEqual(['0', '1', '2', '3', '4']);
});
