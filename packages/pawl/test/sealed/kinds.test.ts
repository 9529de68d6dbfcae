import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { createMacKey } from '../../src/keys/key.js';
import { encodeDbscChallenge, readDbscChallenge } from '../../src/sealed/dbsc-challenge.js';
import { decodeDbscIdentifier, encodeDbscIdentifier } from '../../src/sealed/dbsc-identifier.js';
import { encodeDpopNonce, isDpopNonce } from '../../src/sealed/dpop-nonce.js';
import { type FindMacKey, firstField, framingOf } from '../../src/sealed/framing.js';
import { type SealedName, sealedKinds } from '../../src/sealed/kinds.js';
import { encodeLoadMark, isLoadMark } from '../../src/sealed/load-mark.js';
import { jwtRefreshCodec } from '../../src/sealed/refresh-jwt.js';
import { decodeRefreshToken, encodeRefreshToken } from '../../src/sealed/refresh-token.js';
import { decodeSessionToken, encodeSessionToken } from '../../src/sealed/session-token.js';

const key = createMacKey(7, randomBytes(32));
const findKey: FindMacKey = (id) => (id === key.id ? key : null);
// A whole number of periods of the nonce.
const now = 1_800_000_000;
const sessionId = Buffer.alloc(16, 2).toString('base64url');
const contents = { sessionId, generation: 1, fork: 0, secret: new Secret(randomBytes(16)) };
const publicKey = '{"crv":"P-256","kty":"EC","x":"A","y":"B"}';

/** A text of one kind, and whether its reader takes another text. What the reader knows from elsewhere is as it was at the writing. */
interface Sample {
  readonly text: string;
  reads(text: string, at?: number): boolean;
  /** What the MAC is over besides. */
  readonly context?: Uint8Array;
}

const samples: Readonly<Record<SealedName, Sample>> = {
  refreshToken: {
    text: encodeRefreshToken('opaque', contents, key),
    reads: (text) => decodeRefreshToken(text, findKey).kind === 'contents',
  },
  sessionToken: {
    text: encodeSessionToken(contents, key),
    reads: (text) => decodeSessionToken(text, findKey).kind === 'contents',
  },
  dbscIdentifier: {
    text: encodeDbscIdentifier({ ...contents, publicKey }, key),
    reads: (text) => decodeDbscIdentifier(text, findKey).kind === 'contents',
    context: Buffer.from(publicKey),
  },
  dbscChallenge: {
    text: encodeDbscChallenge('refresh', sessionId, now, key),
    reads: (text) => readDbscChallenge(text, 'refresh', sessionId, findKey) !== null,
    context: Buffer.from(`refresh ${sessionId}`),
  },
  dpopNonce: {
    text: encodeDpopNonce(key, now),
    reads: (text, at = now) => isDpopNonce(text, findKey, at),
  },
  loadMark: {
    text: encodeLoadMark(key, now),
    reads: (text, at = now) => isLoadMark(text, findKey, at),
  },
};

const names = Object.keys(sealedKinds) as SealedName[];
const pairs = names.flatMap((a) => names.filter((b) => b !== a).map((b) => [a, b] as const));

/** The sealed part of a sample, and what stands behind it. */
function partsOf(name: SealedName): { readonly sealed: string; readonly rest: string } {
  const { text } = samples[name];
  const { length } = framingOf(sealedKinds[name]);
  return { sealed: text.slice(0, length), rest: text.slice(length) };
}

/** A text of kind `a` with the prefix, the length and the tail of kind `b`, changed in every place where a length can be changed. */
function disguises(a: string, b: SealedName): string[] {
  const { prefix, fieldsBytes } = sealedKinds[b];
  const { length } = framingOf(sealedKinds[b]);
  const { sealed, rest } = partsOf(b);
  const swapped = prefix + a.slice(prefix.length);
  const bytes = Buffer.from(a, 'base64url');
  const mac = bytes.subarray(-32);
  const fields = Buffer.concat([bytes.subarray(firstField, -32), Buffer.alloc(fieldsBytes)]);
  const resized = Buffer.concat([
    Buffer.from(prefix, 'base64url'),
    bytes.subarray(3, firstField),
    fields.subarray(0, fieldsBytes),
    mac,
  ]).toString('base64url');
  const texts = [
    a,
    swapped,
    a.slice(0, length).padEnd(length, 'A'),
    swapped.slice(0, length).padEnd(length, 'A'),
    swapped.slice(0, length) + sealed.slice(swapped.length),
    prefix + a,
    prefix + swapped.slice(-(length - prefix.length)),
    resized,
  ];
  return texts.flatMap((text) => [text, text + rest]);
}

describe('the registry of sealed kinds', () => {
  test('has a sample of each kind here, which its reader takes', () => {
    expect(Object.keys(samples).toSorted()).toEqual(names.toSorted());
    for (const name of names) expect(samples[name].reads(samples[name].text), name).toBe(true);
  });

  test('gives each kind a prefix of its own, which no other input of a MAC begins with', () => {
    const prefixes = names.map((name) => sealedKinds[name].prefix);
    expect(new Set(prefixes).size).toBe(prefixes.length);
    for (const prefix of prefixes) expect(prefix).toMatch(/^p[a-z]{2}_$/);
  });

  test.each(names)('says of %s what is true of its texts', (name) => {
    const { prefix, fieldsBytes, lifetimeSeconds, carriers } = sealedKinds[name];
    const sample = samples[name];
    const { text } = sample;
    expect(text.startsWith(prefix)).toBe(true);
    expect(Buffer.from(partsOf(name).sealed, 'base64url')).toHaveLength(firstField + fieldsBytes + 32);
    // Of all carriers an address escapes the most.
    expect(carriers).not.toEqual([]);
    expect(encodeURIComponent(text)).toBe(text);
    if (lifetimeSeconds === null) return;
    expect(sample.reads(text, now + lifetimeSeconds - 1)).toBe(true);
    expect(sample.reads(text, now + lifetimeSeconds + 1)).toBe(false);
  });
});

describe('under one key', () => {
  test.each(pairs)('a text of %s is none of %s, whatever is done to its prefix and length', (a, b) => {
    for (const whole of [samples[a].text, partsOf(a).sealed]) {
      for (const text of disguises(whole, b)) expect(samples[b].reads(text), text).toBe(false);
    }
  });

  test.each(pairs)('a MAC as for %s over all that %s holds is refused', (a, b) => {
    const { sealed, rest } = partsOf(b);
    const fields = Buffer.from(sealed, 'base64url').subarray(firstField, -32);
    const sealAs = (prefix: string): string => {
      const framing = framingOf({ ...sealedKinds[b], prefix });
      const text = framing.seal(key, (bytes) => fields.copy(bytes, firstField), samples[b].context);
      return sealedKinds[b].prefix + text.slice(4) + rest;
    };
    expect(samples[b].reads(sealAs(sealedKinds[b].prefix))).toBe(true);
    expect(samples[b].reads(sealAs(sealedKinds[a].prefix))).toBe(false);
  });

  test.each(names)('a text of %s is no refresh token as JWT, and that is no text of it', (name) => {
    const jwt = encodeRefreshToken('jwt', contents, key);
    expect(jwtRefreshCodec.decode(jwt, findKey).kind).toBe('contents');
    expect(jwtRefreshCodec.decode(samples[name].text, findKey).kind).toBe('malformed');
    const [header = '', payload = '', mac = ''] = jwt.split('.');
    for (const whole of [jwt, header + payload + mac, payload, mac]) {
      for (const text of disguises(whole, name)) {
        expect(samples[name].reads(text), text).toBe(text === jwt && name === 'refreshToken');
      }
    }
  });
});
