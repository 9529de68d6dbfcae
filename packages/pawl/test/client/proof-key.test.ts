import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, type JWK, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { createProof, createProofKey } from '../../src/client/proof-key.js';

test.each([
  true,
  false,
])('a proof holds what RFC 9449 §4.2 asks for, checked by jose (handle: %s)', async (asHandle) => {
  const key = await createProofKey(asHandle);
  const call = { method: 'GET', url: 'https://api.example/a%20b?c=d#e', issuedAt: 1_800_000_000.9 };
  const proof = await createProof(key, { ...call, accessToken: 'a.b.c', nonce: 'n' });
  const { protectedHeader, payload } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' });
  expect(protectedHeader).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk });
  expect(payload).toEqual({
    jti: expect.stringMatching(/^[\w-]{22}$/) as string,
    htm: 'GET',
    htu: 'https://api.example/a%20b',
    iat: 1_800_000_000,
    ath: createHash('sha256').update('a.b.c').digest('base64url'),
    nonce: 'n',
  });
  const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk as JWK);
  expect(thumbprint).toBe(await calculateJwkThumbprint(key.publicJwk));
});

test('without a token and a nonce there is neither ath nor nonce, and no two proofs have one jti', async () => {
  const key = await createProofKey(true);
  const call = { method: 'POST', url: 'https://issuer.example/refresh', issuedAt: 1 };
  const claims = await Promise.all(
    [1, 2].map(async () => (await jwtVerify(await createProof(key, call), EmbeddedJWK)).payload),
  );
  expect(claims.map((each) => Object.keys(each))).toEqual(Array(2).fill(['jti', 'htm', 'htu', 'iat']));
  expect(new Set(claims.map(({ jti }) => jti)).size).toBe(2);
});

test('a private key behind a handle cannot be exported', async () => {
  const { privateKey } = await createProofKey(true);
  if ('d' in privateKey) throw new Error('the private key lies open');
  await expect(crypto.subtle.exportKey('jwk', privateKey)).rejects.toThrow('not extractable');
});
