import fc from 'fast-check';
import { expect, test } from 'vitest';
import { repeatedMember as repeatedIn } from '../../src/base/repeated-member.js';

const repeatedMember = (text: string): string | null => repeatedIn(text, JSON.parse(text));

const members = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.jsonValue()), { maxLength: 8 });

function objectText(pairs: readonly (readonly [string, unknown])[]): string {
  return `{${pairs.map(([name, value]) => ` ${JSON.stringify(name)}\t:\n${JSON.stringify(value)}`).join(',')}}`;
}

test('a member is repeated exactly when its name occurs twice at the top, whatever the values hold', () => {
  fc.assert(
    fc.property(members, (pairs) => {
      const names = pairs.map(([name]) => name);
      const repeated = names.find((name, index) => names.indexOf(name) < index) ?? null;
      expect(repeatedMember(objectText(pairs))).toBe(repeated);
    }),
  );
});

test('quotes, backslashes and braces inside of names and texts are not taken for structure', () => {
  const text = fc.string({ unit: fc.constantFrom('\\', '"', ':', '{', '}', ',', ' ', 'a'), maxLength: 8 });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.oneof(text, fc.array(text)))), (pairs) => {
      const names = pairs.map(([name]) => name);
      const repeated = names.find((name, index) => names.indexOf(name) < index) ?? null;
      expect(repeatedMember(objectText(pairs))).toBe(repeated);
    }),
    { numRuns: 2000 },
  );
});

test('a name that is written with an escape is the same name', () => {
  expect(repeatedMember('{"a":1,"\\u0061":2}')).toBe('a');
  expect(repeatedMember('{"a":{"a":1},"b":["a","a"],"c":"\\"a\\":"}')).toBeNull();
});

test('a member is repeated at any depth, but not across objects', () => {
  expect(repeatedMember('{"cnf":{"jkt":"x","jkt":"y"}}')).toBe('jkt');
  expect(repeatedMember('[[{"a":[{"b":1},{"b":1,"\\u0062":2}]}]]')).toBe('b');
  expect(repeatedMember('{"a":{"a":{"a":[{"a":1},{"a":1}]}},"b":{"a":1}}')).toBeNull();
  expect(repeatedMember('{"__proto__":1,"constructor":2,"toString":3}')).toBeNull();
});
