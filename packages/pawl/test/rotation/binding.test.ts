import { expect, test } from 'vitest';
import { admits, type Binding, unbound } from '../../src/rotation/index.js';
import { isSameBinding } from '../../src/rotation/binding.js';

const bindings: readonly Binding[] = [
  unbound,
  ...(['dpop', 'cookie', 'browser'] as const).flatMap((kind) => [
    { kind, jkt: 'one' },
    { kind, jkt: 'two' },
  ]),
];

test('two bindings are the same when their kind and their key are', () => {
  for (const [index, left] of bindings.entries()) {
    for (const [otherIndex, right] of bindings.entries()) {
      expect(isSameBinding(left, { ...right }), `${index} ${otherIndex}`).toBe(index === otherIndex);
    }
  }
});

test('a session without a key goes on whatever is shown, another one by its own key only', () => {
  for (const binding of bindings) {
    for (const shown of bindings) {
      expect(admits(binding, shown)).toBe(binding === unbound || binding === shown);
    }
  }
});
