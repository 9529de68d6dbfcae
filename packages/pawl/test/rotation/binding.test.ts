import { expect, test } from 'vitest';
import { type Binding, isSameBinding, unbound } from '../../src/rotation/index.js';

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
