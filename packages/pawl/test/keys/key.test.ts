import { createPrivateKey, generateKeyPairSync, randomInt } from 'node:crypto';
import { CompactSign, calculateJwkThumbprint, compactVerify, exportJWK, importJWK } from 'jose';
import { describe, expect, test } from 'vitest';
import { accessAlgorithms, algorithms } from '../../src/jose/algorithms.js';
import { generateSigningKey, importSigningKey } from '../../src/keys/key.js';

/** Keys that no algorithm takes, of each kind. */
const unfit = [
  generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  generateKeyPairSync('x25519'),
  generateKeyPairSync('ed448'),
  generateKeyPairSync('rsa', { modulusLength: 1024 }),
  generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
].map(({ privateKey }) => privateKey.export({ format: 'der', type: 'pkcs8' }));

describe.each(accessAlgorithms)('%s', (name) => {
  test('signs what jose verifies', async () => {
    const { key } = await generateSigningKey(name);
    const header = Buffer.from(JSON.stringify({ alg: name })).toString('base64url');
    for (let round = 0; round < 50; round++) {
      const input = `${header}.${Buffer.from(`payload ${String(round)}`).toString('base64url')}`;
      const token = `${input}.${key.sign(input).toString('base64url')}`;
      const verified = await compactVerify(token, await importJWK({ ...key.publicJwk }, name));
      expect(Buffer.from(verified.payload).toString()).toBe(`payload ${String(round)}`);
    }
  });

  test('verifies what jose signs, and only that', async () => {
    const { key, privatePart } = await generateSigningKey(name);
    const privateJwk = await exportJWK(createPrivateKey({ key: privatePart, format: 'der', type: 'pkcs8' }));
    const signer = await importJWK(privateJwk, name);
    for (let round = 0; round < 50; round++) {
      const token = await new CompactSign(Buffer.from(`payload ${String(round)}`))
        .setProtectedHeader({ alg: name })
        .sign(signer);
      const [header, payload, signature] = token.split('.');
      const input = `${String(header)}.${String(payload)}`;
      const bytes = Buffer.from(String(signature), 'base64url');
      expect(key.verify(input, bytes)).toBe(true);
      expect(key.verify(`${input}x`, bytes)).toBe(false);
      const flipped = Buffer.from(bytes);
      const at = randomInt(bytes.length);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(key.verify(input, flipped), `byte ${String(at)}`).toBe(false);
    }
  });

  test('calls malformed signatures false', async () => {
    const { key } = await generateSigningKey(name);
    const good = key.sign('input');
    const malformed = [
      Buffer.alloc(0),
      Buffer.alloc(good.length),
      Buffer.alloc(good.length, 0xff),
      good.subarray(1),
      good.subarray(0, -1),
      Buffer.concat([good, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), good]),
      Buffer.alloc(100_000, 1),
    ];
    for (const signature of malformed) expect(key.verify('input', signature)).toBe(false);
    expect(key.verify('input', new Uint8Array(good))).toBe(true);
  });

  test('has the thumbprint that jose calculates, and no private member in the JWK', async () => {
    const { key } = await generateSigningKey(name);
    expect(key.id).toBe(await calculateJwkThumbprint({ ...key.publicJwk }));
    expect(key.publicJwk.kid).toBe(key.id);
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'])
      expect(key.publicJwk).not.toHaveProperty(member);
  });

  test('survives export and import, and refuses what is no key of its kind', async () => {
    const { key, privatePart } = await generateSigningKey(name);
    const again = await importSigningKey(name, privatePart);
    expect(again.publicJwk).toEqual(key.publicJwk);
    expect(key.verify('input', again.sign('input'))).toBe(true);
    for (const bytes of [Buffer.from('no key'), ...unfit]) {
      await expect(importSigningKey(name, bytes)).rejects.toMatchObject({ code: 'master_key_wrong' });
    }
  });

  test('is not taken for a key of another kind', async () => {
    const { privatePart } = await generateSigningKey(name);
    const { kty } = algorithms[name].jwkMembers;
    const others = accessAlgorithms.filter((other) => algorithms[other].jwkMembers.kty !== kty);
    expect(others.length).toBeGreaterThan(1);
    for (const other of others) {
      await expect(importSigningKey(other, privatePart)).rejects.toMatchObject({ code: 'master_key_wrong' });
    }
  });
});
