import { createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import fc from 'fast-check';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  audience,
  claimsOf,
  createForeignKey,
  createIssuer,
  createWorld,
  type ForeignKey,
  type Issuer,
  issuer,
  startAt,
  type World,
} from './issuer.js';

const names = ['ES256', 'EdDSA', 'RS256', 'PS256'] as const;
const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const keys = new Map<string, ForeignKey>();
let from: Issuer;
let world: World;

beforeAll(async () => {
  for (const name of names) keys.set(name, await createForeignKey(name, `key-${name}`));
});

beforeEach(() => {
  from = createIssuer(...keys.values());
  world = createWorld(from);
});

function keyOf(name: string): ForeignKey {
  const key = keys.get(name);
  if (key === undefined) throw new Error(`no key for ${name}`);
  return key;
}

/** Signs whatever header and payload texts are handed in with ES256, as the issuer would. */
function signedText(header: string, payload: string): string {
  const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  const key = createPrivateKey(keyOf('ES256').pkcs8);
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

const headerOf = (change: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ alg: 'ES256', kid: 'key-ES256', typ: 'at+jwt', ...change });

describe.each(names)('a token signed with %s by a foreign library', (name) => {
  test('is accepted, and the foreign library agrees', async () => {
    const token = await keyOf(name).sign(claimsOf());
    expect(await world.check(token)).toBe('ok');
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [keyOf(name).publicJwk] }), {
      issuer,
      audience,
      typ: 'at+jwt',
      currentDate: new Date(startAt * 1000),
    });
    expect(await world.verifier.verifyToken(token)).toMatchObject({ session: { claims: payload } });
  });

  test('is refused when the verifier does not list the algorithm', async () => {
    const others = names.filter((other) => other !== name);
    const token = await keyOf(name).sign(claimsOf());
    expect(await createWorld(from, { algorithms: others }).check(token)).toBe('unknown-key');
    expect(await createWorld(from, { algorithms: [name] }).check(token)).toBe('ok');
  });

  test('is refused under the kid of every other key', async () => {
    for (const other of names.filter((candidate) => candidate !== name)) {
      const token = await keyOf(name).sign(claimsOf(), { kid: keyOf(other).kid });
      expect(await world.check(token)).toBe('signature');
      const [, payload, signature] = token.split('.');
      const renamed = segment({ alg: other, kid: keyOf(other).kid, typ: 'at+jwt' });
      expect(await world.check(`${renamed}.${String(payload)}.${String(signature)}`)).toBe('signature');
    }
  });

  test('is refused when a key of its own kind, but not the issuer’s, signed it', async () => {
    const stranger = await createForeignKey(name, keyOf(name).kid);
    expect(await world.check(await stranger.sign(claimsOf()))).toBe('signature');
    expect(await world.check(await stranger.sign(claimsOf(), { jwk: stranger.publicJwk }))).toBe('malformed');
  });

  test('is refused with any other claims under its signature', async () => {
    const [header, , signature] = (await keyOf(name).sign(claimsOf())).split('.');
    const token = `${String(header)}.${segment(claimsOf({ sub: 'bob' }))}.${String(signature)}`;
    expect(await world.check(token)).toBe('signature');
  });

  test('is refused as an HMAC under the public key', async () => {
    const publicKey = createPublicKey(createPrivateKey(keyOf(name).pkcs8));
    for (const secret of [
      publicKey.export({ format: 'pem', type: 'spki' }),
      publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(keyOf(name).publicJwk),
    ]) {
      for (const alg of ['HS256', 'HS384', 'HS512', name]) {
        const input = `${segment({ alg, kid: keyOf(name).kid, typ: 'at+jwt' })}.${segment(claimsOf())}`;
        const mac = createHmac('sha256', secret).update(input).digest('base64url');
        expect(await world.check(`${input}.${mac}`)).toBe('signature');
      }
    }
  });
});

describe('the algorithm', () => {
  test.each([
    'none',
    'None',
    'NONE',
    'nOnE',
    'none ',
    '',
    'HS256',
    'es256',
    'ES256K',
    'ES384',
    'RS256',
    'ES256\0',
  ])('%j is refused, with a signature, a foreign one and none', async (alg) => {
    expect(await world.check(signedText(headerOf({ alg }), JSON.stringify(claimsOf())))).toBe('signature');
    const input = `${Buffer.from(headerOf({ alg })).toString('base64url')}.${segment(claimsOf())}`;
    expect(await world.check(`${input}.`)).toBe('malformed');
    expect(await world.check(`${input}.AA`)).toBe('signature');
    expect(await world.check(input)).toBe('malformed');
  });

  test.each([null, 7, ['ES256'], { ES256: true }, true, undefined])('%j is refused', async (alg) => {
    expect(await world.check(signedText(headerOf({ alg }), JSON.stringify(claimsOf())))).toBe('signature');
  });
});

describe('a header is refused though the issuer signed it', () => {
  test.each([
    { typ: 'JWT' },
    { typ: 'jwt' },
    { typ: 'rt+jwt' },
    { typ: 'dpop+jwt' },
    { typ: 'id+jwt' },
    { typ: 'at+jwt ' },
    { typ: '' },
    { typ: null },
    { typ: ['at+jwt'] },
    { typ: undefined },
    { crit: ['exp'] },
    { crit: ['b64'], b64: false },
    { crit: ['http://example.com/unknown'] },
    { crit: [] },
    { crit: null },
    { jku: 'https://evil.example/jwks.json' },
    { jku: `${issuer}/jwks.json` },
    { x5u: 'https://evil.example/cert.pem' },
    { x5c: ['MIIB'] },
    { jwk: { kty: 'EC' } },
    { kid: undefined },
    { kid: null },
    { kid: 7 },
    { kid: ['key-ES256'] },
  ])('with %j', async (change) => {
    const asked = from.asked.length;
    expect(await world.check(signedText(headerOf(change), JSON.stringify(claimsOf())))).toBe('malformed');
    expect(from.asked.length).toBe(asked);
  });

  test.each([
    'AT+JWT',
    'application/at+jwt',
    'Application/AT+JWT',
  ])('but not with the type %s', async (typ) => {
    expect(await world.check(signedText(headerOf({ typ }), JSON.stringify(claimsOf())))).toBe('ok');
  });

  test('when it names a member twice', async () => {
    const twice = '{"alg":"ES256","kid":"other","kid":"key-ES256","typ":"at+jwt"}';
    expect(await world.check(signedText(twice, JSON.stringify(claimsOf())))).toBe('malformed');
    const escaped = '{"alg":"none","\\u0061lg":"ES256","kid":"key-ES256","typ":"at+jwt"}';
    expect(await world.check(signedText(escaped, JSON.stringify(claimsOf())))).toBe('malformed');
  });
});

describe('a kid', () => {
  test.each([
    '',
    ' key-ES256',
    'key-ES256 ',
    'KEY-ES256',
    '../../../../dev/null',
    '/etc/passwd',
    'file:///dev/null',
    "' UNION SELECT 'secret",
    'key-ES256\0',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'https://evil.example/key',
    'x'.repeat(8000),
  ])('that no key has is refused: %j', async (kid) => {
    expect(await world.check(signedText(headerOf({ kid }), JSON.stringify(claimsOf())))).toBe('unknown-key');
    expect(from.asked.filter((url) => !url.startsWith(issuer))).toEqual([]);
  });

  test('that nobody has does not let its sender make the verifier ask more than once a second', async () => {
    const token = signedText(headerOf({ kid: 'nobody' }), JSON.stringify(claimsOf()));
    await Promise.all(Array.from({ length: 50 }, () => world.check(token)));
    expect(from.loads).toBe(1);
    world.clock.advance(1);
    await Promise.all(Array.from({ length: 50 }, () => world.check(token)));
    await world.check(token);
    expect(from.loads).toBe(2);
  });
});

describe('an ECDSA signature', () => {
  test('of zeros, of the order, or in DER is refused', async () => {
    const token = await keyOf('ES256').sign(claimsOf());
    const [header, payload, text] = token.split('.');
    const input = `${String(header)}.${String(payload)}`;
    const raw = Buffer.from(String(text), 'base64url');
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
    const der = sign('sha256', Buffer.from(input), createPrivateKey(keyOf('ES256').pkcs8));
    for (const signature of [
      Buffer.alloc(64),
      Buffer.alloc(1),
      Buffer.alloc(8192),
      Buffer.concat([raw.subarray(0, 32), Buffer.alloc(32)]),
      Buffer.concat([Buffer.alloc(32), raw.subarray(32)]),
      Buffer.concat([order, order]),
      der,
    ]) {
      expect(await world.check(`${input}.${signature.toString('base64url')}`)).toBe('signature');
    }
  });
});

describe('a text', () => {
  test('that is another way to write an accepted token is refused', async () => {
    const token = await keyOf('ES256').sign(claimsOf());
    const [header, payload, signature] = token.split('.').map(String);
    const last = String(signature).at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spare = alphabet.charAt(alphabet.indexOf(last) + 1);
    for (const other of [
      `${token}=`,
      `${token}==`,
      ` ${token}`,
      `${token}\n`,
      `${token}.`,
      `.${token}`,
      `${String(header)} .${String(payload)}.${String(signature)}`,
      `${String(header)}.${String(payload)}\n.${String(signature)}`,
      `${String(header)}.${String(payload)}.${String(signature).slice(0, -1)}${spare}`,
      `${String(header)}.${String(payload)}.${String(signature).replaceAll('-', '+').replaceAll('_', '/')}=`,
      `${token}.${String(payload)}.${String(signature)}`,
    ]) {
      expect(['malformed', 'signature'], other).toContain(await world.check(other));
    }
    expect(await world.check(token)).toBe('ok');
  });

  test.each([
    ['empty', ''],
    ['dots', '....'],
    ['a million characters', 'a'.repeat(1_000_000)],
    ['a million dots', '.'.repeat(1_000_000)],
    ['a JWE', 'a.b.c.d.e'],
    ['a JSON serialisation', '{"payload":"","protected":"","signature":""}'],
    ['a refresh token', `prt_${'A'.repeat(96)}`],
  ])('that is %s is malformed, and no key was asked for', async (_what, text) => {
    expect(await world.check(text)).toBe('malformed');
    expect(from.asked).toEqual([]);
  });

  test('of any kind is refused and throws nothing', async () => {
    const good = await keyOf('ES256').sign(claimsOf());
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.array(fc.base64String({ maxLength: 80 }), { maxLength: 6 }).map((parts) => parts.join('.')),
      fc
        .tuple(fc.jsonValue(), fc.jsonValue(), fc.uint8Array({ maxLength: 80 }))
        .map(
          ([header, payload, bytes]) =>
            `${segment(header)}.${segment(payload)}.${Buffer.from(bytes).toString('base64url')}`,
        ),
      fc
        .tuple(fc.nat(good.length - 1), fc.string({ unit: 'binary', maxLength: 3 }))
        .map(([at, inserted]) => good.slice(0, at) + inserted + good.slice(at + 1))
        .filter((changed) => changed !== good),
    );
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect(await world.check(token)).not.toBe('ok');
      }),
      { numRuns: 2000 },
    );
  });

  test('nested in another token is refused', async () => {
    const inner = await keyOf('ES256').sign(claimsOf());
    const input = `${Buffer.from(headerOf({ cty: 'JWT' })).toString('base64url')}.${Buffer.from(inner).toString('base64url')}`;
    const signature = sign('sha256', Buffer.from(input), {
      key: createPrivateKey(keyOf('ES256').pkcs8),
      dsaEncoding: 'ieee-p1363',
    });
    expect(await world.check(`${input}.${signature.toString('base64url')}`)).toBe('malformed');
  });
});

describe('claims are refused though the issuer signed them', () => {
  const expectClaims = async (change: Readonly<Record<string, unknown>>, reason: string): Promise<void> => {
    expect(await world.check(await keyOf('EdDSA').sign(claimsOf(change))), JSON.stringify(change)).toBe(
      reason,
    );
  };

  test.each([
    'https://evil.example',
    `${issuer}/`,
    `${issuer}:443`,
    'HTTPS://auth.example',
    'auth.example',
    `${issuer}.evil.example`,
  ])('of the issuer %s', (iss) => expectClaims({ iss }, 'issuer'));

  test.each([
    'https://other.example',
    `${audience}/`,
    [],
    ['https://other.example'],
    'HTTPS://API.EXAMPLE',
    '',
  ])('for the audience %j', async (aud) => {
    await expectClaims({ aud }, Array.isArray(aud) && aud.length === 0 ? 'malformed' : 'audience');
  });

  test.each([
    { exp: undefined },
    { exp: null },
    { exp: String(startAt + 300) },
    { exp: startAt + 300.5 },
    { exp: -1 },
    { exp: 2 ** 60 },
    { exp: 1e308 },
    { exp: [startAt + 300] },
    { exp: true },
    { iat: undefined },
    { iat: String(startAt) },
    { iat: startAt + 0.5 },
    { nbf: String(startAt) },
    { nbf: null },
    { sub: undefined },
    { sub: '' },
    { sub: 7 },
    { sub: ['ada'] },
    { sid: undefined },
    { sid: '' },
    { jti: undefined },
    { client_id: undefined },
    { iss: undefined },
    { iss: [issuer] },
    { aud: undefined },
    { aud: null },
    { aud: { 0: audience } },
    { aud: [audience, 7] },
    { scope: ['orders:read'] },
    { epoch: '1' },
    { epoch: -1 },
    { epoch: 0.5 },
    { cnf: null },
    { cnf: {} },
    { cnf: { jkt: 7 } },
    { cnf: 'key' },
    { cnf: { 'x5t#S256': 'AAAA' } },
  ])('with %j', (change) => expectClaims(change, 'malformed'));

  test('that expired, or are not valid yet, beyond the leeway', async () => {
    await expectClaims({ exp: startAt - 4 }, 'ok');
    await expectClaims({ exp: startAt - 5 }, 'expired');
    await expectClaims({ iat: startAt + 5 }, 'ok');
    await expectClaims({ iat: startAt + 6 }, 'not-yet-valid');
    await expectClaims({ nbf: startAt + 5 }, 'ok');
    await expectClaims({ nbf: startAt + 6 }, 'not-yet-valid');
  });

  test('that name a member twice, at the top or inside', async () => {
    const text = JSON.stringify(claimsOf());
    for (const payload of [
      text.replace('{', '{"sub":"root",'),
      text.replace('{', '{"\\u0073ub":"root",'),
      text.replace('{', '{"cnf":{"jkt":"a","jkt":"b"},'),
    ]) {
      expect(await world.check(signedText(headerOf(), payload))).toBe('malformed');
    }
    expect(await world.check(signedText(headerOf(), text))).toBe('ok');
  });

  test('that are no object', async () => {
    for (const payload of [
      '',
      'null',
      '[]',
      '"ada"',
      '7',
      '{',
      '\ufeff{}',
      `[${JSON.stringify(claimsOf())}]`,
    ]) {
      expect(await world.check(signedText(headerOf(), payload)), payload).toBe('malformed');
    }
  });
});

describe('the issuer’s keys', () => {
  test('that are private, symmetric, too small, of another kind or without an algorithm are not used', async () => {
    const { publicJwk, privateJwk } = keyOf('ES256');
    for (const jwk of [
      { ...publicJwk, ...privateJwk },
      { ...publicJwk, alg: undefined },
      { ...publicJwk, alg: 'none' },
      { ...publicJwk, alg: 'HS256' },
      { ...publicJwk, use: 'enc' },
      { kty: 'oct', k: Buffer.alloc(32).toString('base64url'), kid: publicJwk.kid, alg: 'HS256' },
      { ...keyOf('EdDSA').publicJwk, kid: publicJwk.kid, alg: 'ES256' },
      { ...publicJwk, kid: 7 },
      null,
      [],
      'key',
    ]) {
      from.keys = [jwk, keyOf('EdDSA').publicJwk];
      const fresh = createWorld(from);
      expect(await fresh.check(await keyOf('ES256').sign(claimsOf())), JSON.stringify(jwk)).toBe(
        'unknown-key',
      );
      expect(await fresh.check(await keyOf('EdDSA').sign(claimsOf()))).toBe('ok');
    }
  });

  test('of RSA are never taken for both of its algorithms', async () => {
    const { publicJwk, pkcs8 } = keyOf('RS256');
    from.keys = [{ ...publicJwk, alg: 'PS256' }];
    expect(await world.check(await keyOf('RS256').sign(claimsOf()))).toBe('signature');
    const input = `${segment({ alg: 'RS256', kid: publicJwk.kid, typ: 'at+jwt' })}.${segment(claimsOf())}`;
    const signature = sign('sha256', Buffer.from(input), createPrivateKey(pkcs8)).toString('base64url');
    expect(await world.check(`${input}.${signature}`)).toBe('signature');
  });
});
