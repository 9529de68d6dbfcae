import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonObject, parseJsonObject, readJsonObject } from '../../src/base/json-object.js';

const utf8 = new TextEncoder();

test('the object that a text says is the one that JSON.parse reads, from its bytes too', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
      fc.nat(3),
      (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const expected: unknown = JSON.parse(text);
        expect(parseJsonObject(text)).toEqual({ kind: 'object', value: expected });
        expect(readJsonObject(text)).toEqual(expected);
        expect(readJsonObject(utf8.encode(text))).toEqual(expected);
      },
    ),
  );
});

describe('what is no JSON of an object is malformed', () => {
  test.each([
    ...['', ' ', 'x', '{', '{}{}', '{"a":1,}', "{'a':1}", '[]', '[{}]', 'null', 'true', '1', '"{}"'],
    '\ufeff{}',
  ])('%j', (text) => {
    expect(parseJsonObject(text)).toEqual({ kind: 'malformed' });
    expect(readJsonObject(text)).toBeNull();
    expect(readJsonObject(utf8.encode(text))).toBeNull();
  });

  test('bytes that are not UTF-8', () => {
    for (const bytes of [[0xe9], [0xc3], [0xed, 0xa0, 0x80], [0xff], [0xc0, 0xa2]]) {
      expect(
        readJsonObject(Uint8Array.from([...utf8.encode('{"a":"'), ...bytes, ...utf8.encode('"}')])),
      ).toBeNull();
    }
  });
});

test('a repeated member is named, and what holds it is read by nobody', () => {
  for (const [text, name] of [
    ['{"a":1,"a":1}', 'a'],
    ['{"a":{"b":[{"c":1,"d":2,"c":3}]}}', 'c'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"":1, "" :2}', ''],
  ] as const) {
    expect(parseJsonObject(text), text).toEqual({ kind: 'repeated', name });
    expect(readJsonObject(text), text).toBeNull();
    expect(readJsonObject(utf8.encode(text)), text).toBeNull();
  }
  expect(parseJsonObject('[{"a":1,"a":2}]')).toEqual({ kind: 'malformed' });
});

test('objects as deep as a text can be are read without an error', () => {
  const depth = 50_000;
  const text = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  expect(parseJsonObject(text).kind).toBe('object');
  expect(parseJsonObject(text.replace('1', '{"a":1,"a":2}'))).toEqual({ kind: 'repeated', name: 'a' });
});

test('an object is told from what is none', () => {
  for (const value of [{}, { a: 1 }]) expect(isJsonObject(value)).toBe(true);
  for (const value of [null, undefined, [], 'x', 1, true]) expect(isJsonObject(value)).toBe(false);
});
