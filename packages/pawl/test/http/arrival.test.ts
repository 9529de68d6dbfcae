import { expect, test } from 'vitest';
import { parsedBody } from '../../src/http/arrival.js';

/** JSON that a parser of a framework reads, and that cannot be written again. */
function nested(depth: number): object {
  let value: object = {};
  for (let level = 0; level < depth; level += 1) value = { a: value };
  return value;
}

test("a parsed body that is nested too deeply is refused as the caller's mistake", () => {
  expect(() => parsedBody(nested(100_000), 'application/json')).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
  expect(parsedBody(nested(2), 'application/json')).toBe('{"a":{"a":{}}}');
});
