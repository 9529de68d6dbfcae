import { createHmac, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { derFromRaw } from '../../src/jose/ecdsa-signature.js';
import { generateSigningKey } from '../../src/keys/key.js';
import type { AccessAlgorithm, SigningKey } from '../../src/keys/index.js';
import { maxAccessTokenLength, readAccessToken, signAccessToken } from '../../src/access/access-token.js';
import type { AccessClaims } from '../../src/access/claims.js';

const names: readonly AccessAlgorithm[] = ['ES256', 'EdDSA', 'RS256', 'PS256'];

const claims: AccessClaims = {
  iss: 'https://auth.example',
  sub: 'alice',
  aud: ['https://api.example', 'https://files.example'],
  client_id: 'first-party',
  exp: 2_000_000_300,
  iat: 2_000_000_000,
  jti: 'AAAAAAAAAAAAAAAAAAAAAA',
  sid: 'AAAAAAAAAAAAAAAAAAAAAA',
  auth_time: 1_999_999_000,
  scope: 'read write',
  acr: 'phr',
  amr: ['pwd', 'hwk'],
  cnf: { jkt: 'A'.repeat(43) },
  'https://example.com/roles': ['admin', 'é'],
};

interface Signer {
  readonly key: SigningKey;
  readonly privateKey: KeyObject;
}

const signers = new Map<AccessAlgorithm, Signer>();

beforeAll(async () => {
  for (const name of names) {
    const { key, privatePart } = await generateSigningKey(name);
    signers.set(name, {
      key,
      privateKey: createPrivateKey({ key: privatePart, format: 'der', type: 'pkcs8' }),
    });
  }
});

function signerOf(name: AccessAlgorithm): Signer {
  const signer = signers.get(name);
  if (signer === undefined) throw new Error(`no key for ${name}`);
  return signer;
}

function findAccessKey(kid: string): SigningKey | null {
  return [...signers.values()].find(({ key }) => key.id === kid)?.key ?? null;
}

const read = (token: string) => readAccessToken(token, findAccessKey);
const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token whose signature is right over whatever header and claims it has. */
function signedBy(key: SigningKey, header: unknown, payload: unknown = claims): string {
  const input = `${segment(header)}.${segment(payload)}`;
  return `${input}.${key.sign(input).toString('base64url')}`;
}

describe.each(names)('an access token signed with %s', (name) => {
  const refused = (token: string) => {
    const { kind } = read(token);
    expect(kind, token.slice(0, 400)).not.toBe('claims');
  };

  test('is read with the claims that were written', () => {
    expect(read(signAccessToken(claims, signerOf(name).key))).toEqual({ kind: 'claims', claims });
  });

  test('is verified by a foreign library as RFC 9068 asks', async () => {
    const { key } = signerOf(name);
    const jwks = createLocalJWKSet({
      keys: [...signers.values()].map((signer) => ({ ...signer.key.publicJwk })),
    });
    const { payload, protectedHeader } = await jwtVerify(signAccessToken(claims, key), jwks, {
      typ: 'at+jwt',
      issuer: claims.iss,
      audience: 'https://api.example',
      algorithms: [name],
      currentDate: new Date(claims.iat * 1000),
      requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
    });
    expect(protectedHeader).toEqual({ alg: name, typ: 'at+jwt', kid: key.id });
    expect(payload).toEqual(claims);
  });

  test('is read when a foreign library wrote the same header with the same key, and refused with any other', async () => {
    const { key, privateKey } = signerOf(name);
    const header = { alg: name, typ: 'at+jwt', kid: key.id };
    const sign = (protectedHeader: typeof header & Record<string, unknown>) =>
      new SignJWT({ ...claims, aud: [...(claims.aud as string[])] })
        .setProtectedHeader(protectedHeader)
        .sign(privateKey);
    expect(read(await sign(header)).kind).toBe('claims');
    for (const other of [
      { ...header, typ: 'JWT' },
      { ...header, typ: 'application/at+jwt' },
      { ...header, typ: 'AT+JWT' },
      { ...header, typ: 'rt+jwt' },
      { ...header, cty: 'JWT' },
      { ...header, x5u: 'https://evil.example/key' },
      { ...header, jku: 'https://evil.example/jwks.json' },
      { ...header, jwk: { ...key.publicJwk } },
      { kid: key.id, typ: 'at+jwt', alg: name },
    ]) {
      refused(await sign(other));
    }
  });

  test('is refused when its header says anything else, though the signature is right', () => {
    const { key } = signerOf(name);
    const header = { alg: name, typ: 'at+jwt', kid: key.id };
    expect(read(signedBy(key, header)).kind).toBe('claims');
    for (const other of [
      ...[...names, 'none', 'None', 'HS256', 'ES256K', 'RS1', '']
        .filter((alg) => alg !== name)
        .map((alg) => ({ ...header, alg })),
      { ...header, crit: ['exp'], exp: 1 },
      { ...header, crit: [] },
      { ...header, b64: false, crit: ['b64'] },
      { ...header, zip: 'DEF' },
      { ...header, kid: [key.id] },
      { ...header, kid: null },
      { ...header, kid: `${key.id} ` },
      { alg: name, typ: 'at+jwt' },
      { alg: name, kid: key.id },
      { typ: 'at+jwt', kid: key.id },
      [header],
      null,
      'at+jwt',
      7,
    ]) {
      refused(signedBy(key, other));
    }
  });

  test('is refused when a member is repeated, at any depth, though the signature is right', () => {
    const { key } = signerOf(name);
    const headerText = JSON.stringify({ alg: name, typ: 'at+jwt', kid: key.id });
    const claimsText = JSON.stringify(claims);
    const signed = (head: string, body: string): string => {
      const input = [head, body].map((text) => Buffer.from(text).toString('base64url')).join('.');
      return `${input}.${key.sign(input).toString('base64url')}`;
    };
    expect(read(signed(headerText, claimsText)).kind).toBe('claims');
    for (const body of [
      claimsText.replace('{', '{"sub":"eve",'),
      claimsText.replace('{', '{"\\u0073ub":"eve",'),
      claimsText.replace('"jkt":', '"jkt":"B","jkt":'),
    ]) {
      expect(body).not.toBe(claimsText);
      expect(read(signed(headerText, body)), body).toEqual({ kind: 'malformed' });
    }
    expect(read(signed(headerText.replace('{', '{"kid":"x",'), claimsText))).toEqual({ kind: 'malformed' });
  });

  test('is refused under the kid of another key', () => {
    for (const other of names.filter((candidate) => candidate !== name)) {
      refused(signedBy(signerOf(name).key, { alg: other, typ: 'at+jwt', kid: signerOf(other).key.id }));
    }
  });

  test('is refused when its public key was taken for an HMAC secret', () => {
    const { key, privateKey } = signerOf(name);
    const publicKey = createPublicKey(privateKey);
    for (const secret of [
      publicKey.export({ format: 'pem', type: 'spki' }),
      publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(key.publicJwk),
    ]) {
      for (const alg of ['HS256', name]) {
        const input = `${segment({ alg, typ: 'at+jwt', kid: key.id })}.${segment(claims)}`;
        refused(`${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`);
      }
    }
  });

  test('is refused with a signature that is none', () => {
    const { key } = signerOf(name);
    const [header = '', payload = '', signature = ''] = signAccessToken(claims, key).split('.');
    const length = Buffer.from(signature, 'base64url').length;
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(1),
      Buffer.alloc(length),
      Buffer.alloc(length, 0xff),
      Buffer.alloc(length - 1),
      Buffer.alloc(length + 1),
      Buffer.concat([Buffer.from(signature, 'base64url'), Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), Buffer.from(signature, 'base64url')]),
      Buffer.from(signature, 'base64url').reverse(),
      Buffer.alloc(10_000, 1),
    ]) {
      refused(`${header}.${payload}.${bytes.toString('base64url')}`);
    }
    for (const text of [
      `${signature}=`,
      `${signature}==`,
      ` ${signature}`,
      `${signature}\n`,
      `${signature}.`,
      `.${signature}`,
    ]) {
      refused(`${header}.${payload}.${text}`);
    }
    refused(`${header}.${payload}`);
    refused(`${header}..${signature}`);
    refused(`.${payload}.${signature}`);
  });

  test('is refused when it is cut at any length', () => {
    const token = signAccessToken(claims, signerOf(name).key);
    for (let length = 0; length < token.length; length++) {
      refused(token.slice(0, length));
      refused(token.slice(length + 1));
    }
  });

  test('is refused when any of its characters is another', () => {
    const token = signAccessToken(claims, signerOf(name).key);
    for (let at = 0; at < token.length; at++) {
      const character = token.charAt(at) === 'A' ? 'B' : 'A';
      refused(token.slice(0, at) + character + token.slice(at + 1));
    }
  });
});

test('a signature in DER, or with an integer out of range, is refused for ES256', () => {
  const { key } = signerOf('ES256');
  const token = signAccessToken(claims, key);
  const [header = '', payload = '', signature = ''] = token.split('.');
  const raw = Buffer.from(signature, 'base64url');
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
  for (const bytes of [
    Buffer.from(derFromRaw(raw)),
    Buffer.concat([raw.subarray(0, 32), Buffer.alloc(32)]),
    Buffer.concat([Buffer.alloc(32), raw.subarray(32)]),
    Buffer.concat([order, order]),
    Buffer.concat([raw.subarray(0, 32), order]),
  ]) {
    expect(read(`${header}.${payload}.${bytes.toString('base64url')}`)).toEqual({ kind: 'signature' });
  }
});

test('a token of an unknown key says so, and no other key is tried', () => {
  const { key } = signerOf('ES256');
  const asked: string[] = [];
  const result = readAccessToken(signAccessToken(claims, key), (kid) => {
    asked.push(kid);
    return null;
  });
  expect(result).toEqual({ kind: 'unknown-key' });
  expect(asked).toEqual([key.id]);
});

test('claims that are not those of an access token are refused, though the signature is right', () => {
  const { key } = signerOf('EdDSA');
  const header = { alg: 'EdDSA', typ: 'at+jwt', kid: key.id };
  for (const name of ['iss', 'sub', 'aud', 'client_id', 'exp', 'iat', 'jti', 'sid', 'auth_time']) {
    const rest = Object.fromEntries(Object.entries(claims).filter(([member]) => member !== name));
    expect(read(signedBy(key, header, rest)), name).toEqual({ kind: 'malformed' });
    expect(read(signedBy(key, header, { ...claims, [name]: { x: 1 } })), name).toEqual({ kind: 'malformed' });
    expect(read(signedBy(key, header, { ...claims, [name]: null })), name).toEqual({ kind: 'malformed' });
  }
  for (const payload of [null, [], [claims], 'x', 1, {}]) {
    expect(read(signedBy(key, header, payload))).toEqual({ kind: 'malformed' });
  }
});

test('a token longer than the limit is refused without asking for a key', () => {
  const { key } = signerOf('ES256');
  const long = signAccessToken({ ...claims, note: 'x'.repeat(maxAccessTokenLength) }, key);
  const result = readAccessToken(long, () => {
    throw new Error('asked for a key');
  });
  expect(result).toEqual({ kind: 'malformed' });
  const fits = signAccessToken({ ...claims, note: 'x'.repeat(10_000) }, key);
  expect(read(fits).kind).toBe('claims');
});
