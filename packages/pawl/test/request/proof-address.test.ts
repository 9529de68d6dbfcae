import fc from 'fast-check';
import { expect, test } from 'vitest';
import { proofAddress } from '../../src/request/proof-address.js';

const origin = 'https://auth.example';

test('a target that is no path has no address', () => {
  for (const target of [
    '',
    '*',
    '?x',
    'x',
    ':8443/x',
    '.evil.example/x',
    '@evil.example/x',
    'ftp://evil.example/x',
  ]) {
    expect(proofAddress(origin, target), target).toBeNull();
  }
});

test('a path with a byte that URL parsers read in several ways has no address', () => {
  for (const target of ['/a\\b', '/a b', '/a\nb', '/é', '/\0'])
    expect(proofAddress(origin, target), target).toBeNull();
});

test('whatever the target, the address is of the origin', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (target) => {
      const address = proofAddress(origin, target);
      if (address !== null) expect(new URL(address).origin).toBe(origin);
      const below = proofAddress(origin, `/${target}`);
      if (below !== null) expect(new URL(below).origin).toBe(origin);
    }),
    { numRuns: 3000 },
  );
});
