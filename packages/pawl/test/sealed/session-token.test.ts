import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMacKey } from '../../src/keys/key.js';
import {
  decodeSessionToken,
  encodeSessionToken,
  type SessionTokenContents,
} from '../../src/sealed/session-token.js';
import { createSeededRandom } from '../../src/testing/seeded-random.js';
import { anyContents, contentsOf, findKey, key, otherKey } from './refresh-tokens.js';

const malformed = { kind: 'malformed' };
const token = encodeSessionToken(contentsOf(0, 0), key);
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 0x1_0000_0000));

function plain({ sessionId, secret }: SessionTokenContents): object {
  return { sessionId, secret: secret.reveal().toString('hex') };
}

test('a session token says what was written into it', () => {
  fc.assert(
    fc.property(anyContents, fc.constantFrom(key, otherKey), (contents, signer) => {
      const written = encodeSessionToken(contents, signer);
      expect(written).toMatch(/^pst_[\w-]{90}$/);
      const decoded = decodeSessionToken(written, findKey);
      expect(decoded.kind === 'contents' && plain(decoded.contents)).toEqual(plain(contents));
    }),
    { numRuns: 2000 },
  );
});

test('it is refused when it is cut, or any character is any other', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.%~ \0é';
  for (let at = 0; at < token.length; at++) {
    expect(decodeSessionToken(token.slice(0, at), findKey)).toEqual(malformed);
    expect(decodeSessionToken(token.slice(at + 1), findKey)).toEqual(malformed);
    for (const character of alphabet) {
      const changed = token.slice(0, at) + character + token.slice(at + 1);
      if (changed !== token) expect(decodeSessionToken(changed, findKey).kind, changed).not.toBe('contents');
    }
  }
});

test('it is refused under another key with the id that it names', () => {
  const impostor = createMacKey(key.id, Buffer.alloc(32, 7));
  expect(decodeSessionToken(encodeSessionToken(contentsOf(0, 0), impostor), findKey)).toEqual(malformed);
});

test('a key that nobody knows is told from a malformed token', () => {
  expect(decodeSessionToken(token, () => null)).toEqual({ kind: 'unknown-key' });
});

test('a MAC over the same bytes without the prefix, or with the other one, is refused', () => {
  const fields = Buffer.from(token.slice(4), 'base64url').subarray(0, 35);
  for (const domain of ['', 'prt_', 'pst_']) {
    const mac = key.mac(Buffer.concat([Buffer.from(domain, 'base64url'), fields]));
    const forged = `pst_${Buffer.concat([fields, mac]).toString('base64url')}`;
    expect(forged).toHaveLength(token.length);
    expect(decodeSessionToken(forged, findKey).kind).toBe(domain === 'pst_' ? 'contents' : 'malformed');
  }
});

test(`random bytes of the right length are refused, seed ${seed}`, () => {
  const random = createSeededRandom(seed);
  for (let round = 0; round < 20_000; round++) {
    expect(decodeSessionToken(`pst_${random.text(67)}`, findKey).kind).not.toBe('contents');
  }
});
