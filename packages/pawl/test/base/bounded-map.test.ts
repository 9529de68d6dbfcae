import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedMap } from '../../src/base/bounded-map.js';

test('it never holds more than its capacity, and what it holds is what was put in last', () => {
  const step = fc.record({ key: fc.nat(30), kind: fc.constantFrom('set', 'get', 'delete') });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 12 }), fc.array(step, { maxLength: 200 }), (capacity, steps) => {
      const map = new BoundedMap<number, number>(capacity);
      const model = new Map<number, number>();
      steps.forEach(({ key, kind }, at) => {
        if (kind === 'set') {
          map.set(key, at);
          model.set(key, at);
          expect(map.get(key)).toBe(at);
        } else if (kind === 'delete') {
          map.delete(key);
          model.delete(key);
          expect(map.get(key)).toBeUndefined();
        } else {
          expect([undefined, model.get(key)]).toContain(map.get(key));
        }
        expect(map.size).toBeLessThanOrEqual(capacity);
      });
    }),
  );
});

test('what is asked for again and again stays', () => {
  const map = new BoundedMap<string, number>(10);
  map.set('kept', 1);
  for (let at = 0; at < 1000; at++) {
    map.set(`other-${String(at)}`, at);
    expect(map.get('kept')).toBe(1);
  }
});
