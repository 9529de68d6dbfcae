import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { Secret } from '../../src/base/secret.js';
import { createMacKey } from '../../src/keys/key.js';
import type { MacKey } from '../../src/keys/index.js';
import { maxGeneration } from '../../src/rotation/index.js';
import { maxFork } from '../../src/rotation/session.js';
import type { Decoded, FindMacKey } from '../../src/sealed/framing.js';
import type { RefreshContents } from '../../src/sealed/refresh-codec.js';

export const key: MacKey = createMacKey(0x1a2b, randomBytes(32));
export const otherKey: MacKey = createMacKey(0x1a2c, randomBytes(32));

/** Knows `key` and `otherKey`. */
export const findKey: FindMacKey = (id) => [key, otherKey].find((known) => known.id === id) ?? null;

export function contentsOf(
  generation: number,
  fork: number,
  sessionId: Uint8Array = randomBytes(16),
  secret: Uint8Array = randomBytes(16),
): RefreshContents {
  return {
    sessionId: Buffer.from(sessionId).toString('base64url'),
    generation,
    fork,
    secret: new Secret(Buffer.from(secret)),
  };
}

const sixteenBytes = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc.constantFrom(new Uint8Array(16), new Uint8Array(16).fill(0xff)),
);

function counter(highest: number): fc.Arbitrary<number> {
  return fc.oneof(fc.integer({ min: 0, max: highest }), fc.constantFrom(0, 1, highest - 1, highest));
}

/** Any contents, with the extremes of each field more often than by chance. */
export const anyContents: fc.Arbitrary<RefreshContents> = fc
  .tuple(counter(maxGeneration), counter(maxFork), sixteenBytes, sixteenBytes)
  .map((fields) => contentsOf(...fields));

/** What can be compared: the contents with the secret in hexadecimal. */
export function plain(decoded: Decoded<RefreshContents>): object {
  return decoded.kind === 'contents' ? revealed(decoded.contents) : decoded;
}

export function revealed({ secret, ...rest }: RefreshContents): object {
  return { ...rest, secret: secret.reveal().toString('hex') };
}
