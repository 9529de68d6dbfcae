import { describe, expect, test } from 'vitest';
import { systemRandom } from '../../src/base/random.js';
import { createSessionId } from '../../src/stores/index.js';
import { isSessionId } from '../../src/sealed/session-id.js';

describe('a session id', () => {
  test('is one as it was made', () => {
    expect(isSessionId(createSessionId('alice', systemRandom))).toBe(true);
  });

  test.each([
    ['a character less', (id: string) => id.slice(1)],
    ['a character more', (id: string) => `${id}A`],
    ['padding', (id: string) => `${id}==`],
    ['a foreign character', (id: string) => `${id.slice(0, -1)}+`],
    ['a line break in place of the last character', (id: string) => `${id.slice(0, -1)}\n`],
    ['trailing bits that are not zero', (id: string) => `${id.slice(0, -1)}B`],
  ])('is refused with %s', (_, change) => {
    expect(isSessionId(change(createSessionId('alice', systemRandom)))).toBe(false);
  });
});
