import { Secret } from 'pawl';
import { describe, expect, test } from 'vitest';
import { isAcceptablePassword, preparePassword } from '../../src/accounts/password.js';

const prepared = (text: string): string => preparePassword(new Secret(text)).reveal();
const isAcceptable = (text: string): boolean => isAcceptablePassword(preparePassword(new Secret(text)));

describe('a password', () => {
  test.each([
    ['composed and decomposed letters', 'cafe\u0301 \u1100\u1161', 'caf\u00e9 \uac00'],
    ['spaces of every kind', 'a\u00a0b\u2003c\u3000d\u202fe f', 'a b c d e f'],
    ['case, width and ligatures as they are', 'Aｂﬁ', 'Aｂﬁ'],
    ['spaces at the ends as they are', ' a ', ' a '],
  ])('has %s', (_, typed, kept) => {
    expect(prepared(typed)).toBe(kept);
    expect(prepared(kept)).toBe(kept);
  });

  test.each([
    'correct horse',
    '12345678',
    'пароль-кириллицей',
    '😀😀😀😀😀😀😀😀',
    'क्‍ष क्‍ष',
    'می‌خواهم',
  ])('%j may be set', (text) => {
    expect(isAcceptable(text)).toBe(true);
  });

  test.each([
    ['a control character', 'with a\ttab'],
    ['a byte order mark', '\ufeffcorrect horse'],
    ['a zero-width space', 'correct\u200bhorse'],
    ['a soft hyphen', 'correct\u00adhorse'],
    ['a joiner that joins nothing', 'correct\u200dhorse'],
    ['half of a character', 'correct \ud83d horse'],
    ['a noncharacter', 'correct \uffff horse'],
    ['an unassigned code point', 'correct \u0378 horse'],
    ['too few characters', '1234567'],
    ['too few characters, which have more code units', '😀😀😀😀'],
    ['too many bytes', 'x'.repeat(1025)],
  ])('with %s may not', (_, text) => {
    expect(isAcceptable(text)).toBe(false);
  });
});
