import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { createMacKey } from '../../src/keys/key.js';
import { encodeDbscChallenge, readDbscChallenge } from '../../src/sealed/dbsc-challenge.js';
import { decodeDbscIdentifier, encodeDbscIdentifier } from '../../src/sealed/dbsc-identifier.js';
import type { FindMacKey } from '../../src/sealed/framing.js';

const key = createMacKey(7, Buffer.alloc(32, 1));
const findKey: FindMacKey = (id) => (id === 7 ? key : null);
const sessionId = Buffer.alloc(16, 2).toString('base64url');
const secret = new Secret(Buffer.alloc(16, 3));
const publicKey = '{"crv":"P-256","kty":"EC","x":"A","y":"B"}';

/** Every text that differs from the given one in one character, made from characters of base64url and the dot. */
function neighbours(text: string): string[] {
  return Array.from(text).flatMap((character, at) =>
    ['A', 'B', '_', '.']
      .filter((other) => other !== character)
      .map((other) => text.slice(0, at) + other + text.slice(at + 1)),
  );
}

describe('the identifier of a device bound session', () => {
  const identifier = encodeDbscIdentifier({ sessionId, secret, publicKey }, key);

  test('says what was put in', () => {
    const decoded = decodeDbscIdentifier(identifier, findKey);
    expect(decoded).toMatchObject({ kind: 'contents', contents: { sessionId, publicKey } });
    if (decoded.kind === 'contents') expect(decoded.contents.secret.reveal()).toEqual(secret.reveal());
  });

  test('is refused with any character changed, cut off or added', () => {
    const others = [
      ...neighbours(identifier),
      identifier.slice(0, -1),
      `${identifier}A`,
      `${identifier}=`,
      '',
    ];
    for (const text of others) {
      expect(['malformed', 'unknown-key'], text).toContain(decodeDbscIdentifier(text, findKey).kind);
    }
  });

  test('names a key that is not known here', () => {
    expect(decodeDbscIdentifier(identifier, () => null).kind).toBe('unknown-key');
  });
});

describe('a challenge', () => {
  const challenge = encodeDbscChallenge('refresh', sessionId, 1_800_000_000.25, key);

  test('says when it was issued, for its session and purpose only', () => {
    expect(readDbscChallenge(challenge, 'refresh', sessionId, findKey)).toBe(1_800_000_000.25);
    expect(readDbscChallenge(challenge, 'registration', sessionId, findKey)).toBeNull();
    const other = Buffer.alloc(16, 9).toString('base64url');
    expect(readDbscChallenge(challenge, 'refresh', other, findKey)).toBeNull();
    expect(readDbscChallenge(challenge, 'refresh', sessionId, () => null)).toBeNull();
  });

  test('is refused with any character changed, cut off or added', () => {
    for (const text of [...neighbours(challenge), challenge.slice(0, -1), `${challenge}A`, '']) {
      expect(readDbscChallenge(text, 'refresh', sessionId, findKey), text).toBeNull();
    }
  });
});
