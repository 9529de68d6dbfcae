import { describe, expect, test } from 'vitest';
import { namesInCode, namesInDocument } from '../scripts/named-in-text.js';

describe('names that code imports from Pawl', () => {
  test.each([
    ["import { one, type Two } from 'pawl/http';", 'pawl/http', ['one', 'Two']],
    ["import type { One } from 'pawl';", 'pawl', ['One']],
    ["import {\n  one,\n  two as other,\n} from 'pawl/keys';", 'pawl/keys', ['one', 'two']],
    ["export { one } from 'pawl-server/accounts';", 'pawl-server/accounts', ['one']],
    ["const { one } = await import('pawl');", 'pawl', ['one']],
    ["type One = import('pawl').One;", 'pawl', ['One']],
  ])('in %s', (text, subpath, names) => {
    expect(namesInCode(text)).toEqual(names.map((name) => ({ subpath, name })));
  });

  test.each([
    ["import { one } from './pawl';"],
    ["import { one } from 'pawling';"],
    ['const one = 1;'],
  ])('are none in %s', (text) => {
    expect(namesInCode(text)).toEqual([]);
  });
});

describe('names that a document has as code', () => {
  test('stand between backticks or in a block, and not in its prose', () => {
    const text = 'A word, `one(two)`.\n\n```ts\nconst three = four;\n```\n\nMore words.';
    expect(namesInDocument(text)).toEqual(['one', 'two', 'ts', 'const', 'three', 'four']);
  });
});
