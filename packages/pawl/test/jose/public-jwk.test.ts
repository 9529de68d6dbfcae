import * as nodeCrypto from 'node:crypto';
import { calculateJwkThumbprint, CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeBase64url } from '../../src/base/base64url.js';
import { acceptedAlgorithm, type JwsAlgorithm, jwsAlgorithms } from '../../src/jose/algorithms.js';
import { readCompactJws } from '../../src/jose/compact.js';
import { createNodeEngine, createWebEngine, type JwsKey, runtimeEngine } from '../../src/jose/engine.js';
import { importPublicJwk, readPublicJwk, thumbprintOf } from '../../src/jose/public-jwk.js';

const engines = [
  ['node:crypto', createNodeEngine(nodeCrypto)],
  ['WebCrypto', createWebEngine()],
] as const;

interface Signer {
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
  sign(text: string): Promise<string>;
}

const signers = new Map<JwsAlgorithm, Signer>();

beforeAll(async () => {
  for (const name of jwsAlgorithms) {
    const { publicKey, privateKey } = await generateKeyPair(name, { extractable: true });
    signers.set(name, {
      publicJwk: await exportJWK(publicKey),
      privateJwk: await exportJWK(privateKey),
      sign: (text) => new CompactSign(Buffer.from(text)).setProtectedHeader({ alg: name }).sign(privateKey),
    });
  }
});

function signerOf(name: JwsAlgorithm): Signer {
  const signer = signers.get(name);
  if (signer === undefined) throw new Error(`no key for ${name}`);
  return signer;
}

function entryOf(name: string) {
  const algorithm = acceptedAlgorithm(name, jwsAlgorithms);
  if (algorithm === null) throw new Error(`${name} is not in the registry`);
  return algorithm;
}

function partsOf(token: string) {
  const jws = readCompactJws(token, 10_000);
  if (jws === null) throw new Error('jose wrote no JWS');
  return jws;
}

function bytes(length: number, value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(value);
}

function base64url(value: Uint8Array): string {
  return Buffer.from(value).toString('base64url');
}

/** The encodings of the points of small order of Ed25519, without the bit for the sign of x; the last two are not reduced. */
const smallOrder = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].flatMap((hex) => {
  const point = Buffer.from(hex, 'hex');
  const mirrored = Buffer.from(point);
  mirrored[31] = (mirrored[31] ?? 0) ^ 0x80;
  return [point, mirrored];
});

describe('a key of Ed25519 of small order', () => {
  test('would verify a signature that was made without a private key', () => {
    const [identity = Buffer.alloc(32)] = smallOrder;
    const key = nodeCrypto.createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: identity.toString('base64url') },
      format: 'jwk',
    });
    const forged = Buffer.concat([identity, Buffer.alloc(32)]);
    for (const text of ['any', 'text'])
      expect(nodeCrypto.verify(null, Buffer.from(text), key, forged)).toBe(true);
  });

  test.each(
    smallOrder.map((point) => [point.toString('hex'), point] as const),
  )('is none: %s', (_hex, point) => {
    for (const name of ['EdDSA', 'Ed25519']) {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') };
      expect(readPublicJwk(jwk, entryOf(name))).toBeNull();
    }
  });
});

describe.each(engines)('with %s', (_name, engine) => {
  const keyOf = async (name: JwsAlgorithm): Promise<JwsKey> => {
    const key = await importPublicJwk(signerOf(name).publicJwk, entryOf(name), engine);
    if (key === null) throw new Error(`the key for ${name} was refused`);
    return key;
  };

  describe.each(jwsAlgorithms)('%s', (name) => {
    test('accepts what a foreign library signs, and only that', async () => {
      const key = await keyOf(name);
      for (let round = 0; round < 20; round++) {
        const { input, signature } = partsOf(await signerOf(name).sign(`text ${String(round)}`));
        expect(await key.verify(input, signature)).toBe(true);
        expect(await key.verify(`${input}A`, signature)).toBe(false);
        const flipped = Uint8Array.from(signature);
        const at = round % flipped.length;
        flipped[at] = (flipped[at] ?? 0) ^ 1;
        expect(await key.verify(input, flipped)).toBe(false);
      }
    });

    test('calls every malformed signature false', async () => {
      const key = await keyOf(name);
      const { input, signature } = partsOf(await signerOf(name).sign('text'));
      for (const malformed of [
        bytes(0, 0),
        bytes(1, 0),
        bytes(signature.length, 0),
        bytes(signature.length, 255),
        signature.slice(1),
        signature.slice(0, -1),
        Uint8Array.from([...signature, 0]),
        Uint8Array.from([0, ...signature]),
        bytes(10_000, 1),
      ]) {
        expect(await key.verify(input, malformed)).toBe(false);
      }
    });

    test('has no key of any other kind', async () => {
      for (const other of jwsAlgorithms.filter(
        (candidate) => entryOf(candidate).jwkMembers.kty !== entryOf(name).jwkMembers.kty,
      )) {
        expect(await importPublicJwk(signerOf(other).publicJwk, entryOf(name), engine)).toBeNull();
      }
    });

    test('refuses the private key, whatever else is right', async () => {
      const { privateJwk, publicJwk } = signerOf(name);
      expect(await importPublicJwk(privateJwk, entryOf(name), engine)).toBeNull();
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) {
        expect(readPublicJwk({ ...publicJwk, [member]: '' }, entryOf(name)), member).toBeNull();
      }
    });

    test('has the thumbprint that a foreign library calculates', async () => {
      const { publicJwk } = signerOf(name);
      const members = readPublicJwk({ ...publicJwk, kid: 'x', use: 'sig' }, entryOf(name));
      expect(members && (await thumbprintOf(members, engine))).toBe(await calculateJwkThumbprint(publicJwk));
    });
  });

  test('ES256 refuses zero, the order and DER in place of the two integers', async () => {
    const key = await keyOf('ES256');
    const { input, signature } = partsOf(await signerOf('ES256').sign('text'));
    const r = signature.slice(0, 32);
    const s = signature.slice(32);
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
    for (const pair of [
      [bytes(32, 0), bytes(32, 0)],
      [r, bytes(32, 0)],
      [bytes(32, 0), s],
      [r, order],
      [order, s],
      [order, order],
    ]) {
      expect(await key.verify(input, Uint8Array.from(pair.flatMap((part) => [...part])))).toBe(false);
    }
    const { privateJwk } = signerOf('ES256');
    const privateKey = nodeCrypto.createPrivateKey({ key: { ...privateJwk }, format: 'jwk' });
    const der = nodeCrypto.sign('sha256', Buffer.from(input), privateKey);
    expect(await key.verify(input, Uint8Array.from(der))).toBe(false);
  });

  test('a point that is not on the curve is no key', async () => {
    const { publicJwk } = signerOf('ES256');
    const y = decodeBase64url(String(publicJwk.y)) ?? bytes(32, 0);
    y[31] = (y[31] ?? 0) ^ 1;
    for (const other of [{ y: base64url(y) }, { x: base64url(bytes(32, 0)), y: base64url(bytes(32, 0)) }]) {
      expect(readPublicJwk({ ...publicJwk, ...other }, entryOf('ES256'))).not.toBeNull();
      expect(await importPublicJwk({ ...publicJwk, ...other }, entryOf('ES256'), engine)).toBeNull();
    }
  });
});

test('the thumbprint of RFC 7638 §3.1 comes out', async () => {
  const members = readPublicJwk(
    {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
      alg: 'RS256',
      kid: '2011-04-29',
    },
    entryOf('RS256'),
  );
  expect(members && (await thumbprintOf(members))).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
});

describe('a JWK is refused', () => {
  const refused = (name: JwsAlgorithm, change: Readonly<Record<string, unknown>>): void => {
    expect(
      readPublicJwk({ ...signerOf(name).publicJwk, ...change }, entryOf(name)),
      JSON.stringify(change).slice(0, 200),
    ).toBeNull();
  };

  test('when it is for something else', () => {
    for (const name of jwsAlgorithms) {
      refused(name, { use: 'enc' });
      refused(name, { key_ops: ['encrypt'] });
      refused(name, { key_ops: 'verify' });
      refused(name, { alg: 'HS256' });
      refused(name, { alg: null });
      refused(name, { kty: 'oct' });
      refused(name, { kty: entryOf(name).jwkMembers.kty.toLowerCase() });
      expect(
        readPublicJwk(
          { ...signerOf(name).publicJwk, use: 'sig', key_ops: ['verify'], alg: name },
          entryOf(name),
        ),
      ).not.toBeNull();
    }
  });

  test('when a coordinate is of another length, not canonical, or no text', () => {
    for (const name of ['ES256', 'EdDSA', 'Ed25519'] as const) {
      const x = String(signerOf(name).publicJwk.x);
      for (const other of [
        `${x}=`,
        ` ${x}`,
        x.slice(1),
        `A${x}`,
        base64url(bytes(33, 1)),
        '',
        null,
        7,
        [x],
      ]) {
        refused(name, { x: other });
      }
      for (const crv of ['P-384', 'secp256k1', 'Ed448', 'X25519', 'p-256', undefined, null])
        refused(name, { crv });
    }
  });

  test('when an RSA key is too short, too long, or has an exponent that proves nothing', () => {
    for (const name of ['RS256', 'PS256'] as const) {
      for (const modulus of [
        bytes(128, 255),
        bytes(255, 255),
        bytes(1025, 255),
        Uint8Array.from([0, ...bytes(256, 255)]),
      ]) {
        refused(name, { n: base64url(modulus) });
      }
      for (const exponent of [[], [0], [1], [3], [2], [0, 1, 0, 1], [1, 0, 0], [1, 0, 0, 0, 1]]) {
        refused(name, { e: base64url(Uint8Array.from(exponent)) });
      }
      const { publicKey } = nodeCrypto.generateKeyPairSync('rsa', { modulusLength: 1024 });
      expect(readPublicJwk(publicKey.export({ format: 'jwk' }), entryOf(name))).toBeNull();
    }
  });

  test('when it is no object', () => {
    for (const value of [null, undefined, 'x', 7, [], [signerOf('ES256').publicJwk], {}]) {
      expect(readPublicJwk(value, entryOf('ES256'))).toBeNull();
    }
  });
});

test('an algorithm is accepted by its exact name from the list, and never another', () => {
  for (const name of jwsAlgorithms) {
    expect(acceptedAlgorithm(name, [name])?.name).toBe(name);
    expect(
      acceptedAlgorithm(
        name,
        jwsAlgorithms.filter((other) => other !== name),
      ),
    ).toBeNull();
    expect(acceptedAlgorithm(name.toLowerCase(), jwsAlgorithms)).toBeNull();
  }
  for (const name of [
    'none',
    'None',
    'NONE',
    'nOnE',
    'HS256',
    'HS512',
    'ES256K',
    'ES384',
    'RS1',
    '',
    'constructor',
  ]) {
    expect(acceptedAlgorithm(name, jwsAlgorithms), name).toBeNull();
  }
  for (const name of [null, undefined, 7, ['ES256'], { ES256: 1 }]) {
    expect(acceptedAlgorithm(name, jwsAlgorithms)).toBeNull();
  }
});

test('this runtime has node:crypto, and its engine is chosen once', () => {
  expect(runtimeEngine()).toBe(runtimeEngine());
  expect(runtimeEngine().sha256(bytes(1, 0))).toBeInstanceOf(Uint8Array);
});
