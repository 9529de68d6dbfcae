import { describe, expect, test } from 'vitest';
import { normaliseUsername } from '../../src/accounts/username.js';

describe('user names', () => {
  test.each([
    ['Demo', 'demo'],
    ['ＡＬＩＣＥ', 'alice'],
    ['ann.lee_2-x@example.org', 'ann.lee_2-x@example.org'],
    ['Jürgen', 'jürgen'],
    ['a'.repeat(64), 'a'.repeat(64)],
  ])('%s is kept as %s', (typed, kept) => {
    expect(normaliseUsername(typed)).toBe(kept);
  });

  test.each([
    '',
    ' ',
    'a b',
    '.hidden',
    '-flag',
    'a/b',
    'a\n',
    'a'.repeat(65),
    'a"b',
    'é\u0000',
  ])('%j is refused', (typed) => {
    expect(normaliseUsername(typed)).toBeNull();
  });
});
