import { createSeededRandom, type SeededRandom } from '../../src/testing/seeded-random.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { generateSigningKey } from '../../src/keys/key.js';
import type { SigningKey } from '../../src/keys/index.js';
import { readAccessToken, signAccessToken } from '../../src/access/access-token.js';
import type { AccessClaims } from '../../src/access/claims.js';
import { decodeRefreshToken, encodeRefreshToken } from '../../src/sealed/refresh-token.js';
import { contentsOf, findKey, key } from './refresh-tokens.js';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 0x1_0000_0000));
const rounds = 100_000;

const claims: AccessClaims = {
  iss: 'https://auth.example',
  sub: 'alice',
  aud: 'https://auth.example',
  client_id: 'first-party',
  exp: 2_000_000_300,
  iat: 2_000_000_000,
  jti: 'j',
  sid: 's',
  auth_time: 2_000_000_000,
};

const pieces = [
  'prt_',
  'pst_',
  '.',
  '..',
  '=',
  '\0',
  '\n',
  'eyJ',
  'e30',
  'bnVsbA',
  'W10',
  '__proto__',
  '%',
  '😀',
  '\ud800',
  '-',
  '_',
  '{',
  '"',
];

/** A text that looks a little like a token: pieces of real ones, random bytes, and what parsers stumble over. */
function garbage(random: SeededRandom, real: readonly string[]): string {
  const parts = Array.from({ length: 1 + random.below(6) }, () => {
    const token = random.pick(real);
    const from = random.below(token.length);
    return random.pick([
      random.pick(pieces),
      random.text(random.below(80)),
      token.slice(from, from + random.below(120)),
      token,
      String.fromCharCode(random.below(0x1_0000)),
    ]);
  });
  return parts.join('');
}

let accessKey: SigningKey;
beforeAll(async () => {
  accessKey = (await generateSigningKey('ES256')).key;
});

describe(`texts that are no token, seed ${seed}`, () => {
  test(`are refused without an error, ${rounds} of them`, () => {
    const random = createSeededRandom(seed);
    const real = [
      encodeRefreshToken('opaque', contentsOf(1, 0), key),
      encodeRefreshToken('jwt', contentsOf(1, 0), key),
      signAccessToken(claims, accessKey),
    ];
    for (let round = 0; round < rounds; round++) {
      const text = garbage(random, real);
      if (real.includes(text)) continue;
      expect(decodeRefreshToken(text, findKey).kind).not.toBe('contents');
      expect(readAccessToken(text, () => accessKey).kind).not.toBe('claims');
    }
  });

  // Were they looked at, the reads of either test would take longer than the limit of a test: 200 GB, and steps without number if a check
  // were quadratic.
  test('are refused in time that does not grow with their length beyond the limit', () => {
    const asked = () => {
      throw new Error('asked for a key');
    };
    for (const unit of ['A', '.', 'eyJ', 'prt_', '=', ' ', '\u{1f600}', '-_', '{"kid":', 'e30.']) {
      const text = unit.repeat(Math.ceil(10_000_000 / unit.length));
      for (let round = 0; round < 1000; round++) {
        expect(decodeRefreshToken(text, asked).kind).toBe('malformed');
        expect(readAccessToken(text, asked).kind).toBe('malformed');
      }
    }
  });

  test('of the longest length that is looked at are refused in time that grows no faster than they do', () => {
    for (const unit of ['A', '.', '-', '_A', 'e30.', '{', '=']) {
      const text = unit.repeat(Math.ceil(16_384 / unit.length)).slice(0, 16_384);
      for (const token of [text, `e30.${text.slice(8)}.AAA`, `${text.slice(8)}.e30.`]) {
        for (let round = 0; round < 200; round++)
          expect(readAccessToken(token, () => null).kind).toBe('malformed');
      }
    }
  });
});
