/**
 * Tokens of an authority, checked by the verifier, on the runtime that runs this; see smoke-runtimes.ts. With the argument `web` the
 * verifier is kept from node:crypto, so that it uses the Web Cryptography API of the runtime.
 */
import assert from 'node:assert/strict';
import { createAuthority, parseMasterKey } from 'pawl';
import { createHandler } from 'pawl/http';
import { createRevocationIndex } from 'pawl/revocations';
import { createMemoryStore } from 'pawl/stores/memory';
import { createFakeClock } from 'pawl/testing';
import { createVerifier } from 'pawl/verifier';

if (process.argv.includes('web')) {
  Object.defineProperty(process, 'getBuiltinModule', { value: undefined });
}

const issuer = 'https://issuer.example';
const address = 'https://api.example/orders';
const clock = createFakeClock(1_800_000_000);

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function segment(value: object): string {
  return base64url(new TextEncoder().encode(JSON.stringify(value)));
}

async function sha256(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
const jwk = { crv, kty, x, y };
const thumbprint = await sha256(JSON.stringify(jwk));

/** A DPoP proof for the token. */
async function prove(token: string): Promise<string> {
  const header = { alg: 'ES256', typ: 'dpop+jwt', jwk };
  const claims = {
    jti: crypto.randomUUID(),
    htm: 'GET',
    htu: address,
    iat: clock.now(),
    ath: await sha256(token),
  };
  const input = `${segment(header)}.${segment(claims)}`;
  const signature = await crypto.subtle.sign(algorithm, privateKey, new TextEncoder().encode(input));
  return `${input}.${base64url(new Uint8Array(signature))}`;
}

for (const accessAlgorithm of ['ES256', 'EdDSA', 'RS256', 'PS256'] as const) {
  const store = createMemoryStore();
  const authority = await createAuthority({
    issuer,
    store,
    masterKey: parseMasterKey('5a'.repeat(32)),
    maintenance: 'manual',
    accessAlgorithm,
    clock,
  });
  const handler = createHandler({ authority, authenticate: async () => ({ ok: false, reason: 'wrong' }) });
  const index = createRevocationIndex();
  const verifier = createVerifier({
    issuer,
    audience: issuer,
    clock,
    fetch: (url, init) => handler.fetch(new Request(url, init)),
    revocations: { isRevoked: (token) => index.isRevoked(token), stalenessSeconds: () => 0 },
  });
  const outcomeOf = async (authorization: string, proof?: string): Promise<string> => {
    const headers = new Headers({ authorization });
    if (proof !== undefined) headers.set('dpop', proof);
    const verification = await verifier.verify(new Request(address, { headers }));
    return verification.ok ? verification.session.subject : verification.reason;
  };
  const tokenOf = async (boundKey?: string): Promise<string> => {
    const login = await authority.login({
      subject: 'ada',
      ...(boundKey === undefined ? {} : { boundKey }),
    });
    assert.ok(login.granted);
    return login.tokens.accessToken;
  };
  const token = await tokenOf();
  const [header, claims] = token.split('.');
  assert.equal(await outcomeOf(`Bearer ${token}`), 'ada');
  assert.equal(await outcomeOf(`Bearer ${token}`), 'ada');
  assert.equal(await outcomeOf(`Bearer ${header}.${claims}.${base64url(new Uint8Array(64))}`), 'signature');
  assert.equal(await outcomeOf('Bearer nonsense'), 'malformed');
  const bound = await tokenOf(thumbprint);
  const proof = await prove(bound);
  assert.equal(await outcomeOf(`DPoP ${bound}`, proof), 'ada');
  assert.equal(await outcomeOf(`DPoP ${bound}`, proof), 'replayed');
  assert.equal(await outcomeOf(`DPoP ${bound}`, `${proof.slice(0, -8)}AAAAAAAA`), 'proof');
  assert.equal(await outcomeOf(`Bearer ${bound}`), 'key-binding');
  index.add({ kind: 'subject', subject: 'ada', epoch: 1 }, clock.now() + 300);
  assert.equal(await outcomeOf(`Bearer ${token}`), 'revoked');
  await authority.close();
  await store.close();
}
