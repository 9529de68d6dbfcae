import { describe, expect, test } from 'vitest';
import { normaliseIdentifier } from '../../src/accounts/identifier.js';

describe('names', () => {
  test.each([
    ['Demo', 'demo'],
    ['ＡＬＩＣＥ', 'alice'],
    ['ann.lee_2-x', 'ann.lee_2-x'],
    ["o'brien", "o'brien"],
    ['O\u2019Brien', "o'brien"],
    ['ada+news', 'ada+news'],
    ['Jürgen', 'jürgen'],
    ['Ju\u0308rgen', 'jürgen'],
    ['李小龍', '李小龍'],
    ['a'.repeat(72), 'a'.repeat(72)],
    ['a'.repeat(254), 'a'.repeat(254)],
  ])('%j is kept as %j', (typed, kept) => {
    expect(normaliseIdentifier(typed)).toBe(kept);
  });

  test.each([
    '',
    ' ',
    'a b',
    '.hidden',
    '-flag',
    "'a",
    'a/b',
    'a\nb',
    'a"b',
    'a\u200bb',
    'a'.repeat(255),
    '\ud800a',
  ])('%j is refused', (typed) => {
    expect(normaliseIdentifier(typed)).toBeNull();
  });
});

describe('addresses', () => {
  test.each([
    ['Ada+News@Example.COM', 'ada+news@example.com'],
    ["o'brien@example.org", "o'brien@example.org"],
    ['ann.lee_2-x@example.org', 'ann.lee_2-x@example.org'],
    ["!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org"],
    ['"john doe"@example.com', '"john doe"@example.com'],
    ['"a@b"@example.com', '"a@b"@example.com'],
    ['root@localhost', 'root@localhost'],
    ['ada@[192.0.2.1]', 'ada@[192.0.2.1]'],
    ['ada@[IPv6:2001:db8::1]', 'ada@[ipv6:2001:db8::1]'],
    ['ada@bücher.example', 'ada@bücher.example'],
    ['ada@XN--bcher-kva.example', 'ada@bücher.example'],
    ['ada＠example.com', 'ada@example.com'],
    [`${'a'.repeat(64)}@example.org`, `${'a'.repeat(64)}@example.org`],
    [`a@${'b.'.repeat(125)}cd`, `a@${'b.'.repeat(125)}cd`],
  ])('%j is kept as %j', (typed, kept) => {
    expect(normaliseIdentifier(typed)).toBe(kept);
  });

  test.each([
    '@example.com',
    'ada@',
    'a@b@c',
    '.ada@example.com',
    'ada.@example.com',
    'a..b@example.com',
    'a b@example.com',
    'ada@ex ample.com',
    'ada@ex_ample.com',
    'ada@-example.com',
    'ada@example.com.',
    'ada@xn--a',
    'ada@[192.0.2.1',
    '"ada@example.com',
    `${'a'.repeat(65)}@example.org`,
    `a@${'b.'.repeat(126)}c`,
  ])('%j is refused', (typed) => {
    expect(normaliseIdentifier(typed)).toBeNull();
  });
});

describe('characters at the ends that nobody sees', () => {
  const invisible = [
    '\u0020',
    '\t',
    '\r\n',
    '\u00a0',
    '\u200b',
    '\u200d',
    '\ufeff',
    '\u2060',
    '\u3000',
    '\u00ad',
    '\u202e',
    '\u200f',
  ];

  test.each(invisible)('%j is left out', (character) => {
    for (const name of ['ada', 'ada@example.com']) {
      for (const typed of [
        name + character,
        character + name,
        character.repeat(3) + name + character.repeat(2),
      ])
        expect(normaliseIdentifier(typed)).toBe(name);
    }
  });

  test('a kept form is kept as it is', () => {
    for (const typed of ['Ada ', 'Ju\u0308rgen@B\u00dcCHER.example', 'ＡＤＡ'])
      expect(normaliseIdentifier(normaliseIdentifier(typed) ?? '')).toBe(normaliseIdentifier(typed));
  });
});
