import { createHash, randomUUID } from 'node:crypto';
import * as dpop from 'dpop';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import type { NodeRequest, VerifyResult, VerifierOptions } from '../../src/verifier/index.js';
import {
  audience,
  claimsOf,
  createForeignKey,
  createIssuer,
  createWorld,
  type ForeignKey,
  startAt,
  type World,
} from './issuer.js';

interface Holder {
  readonly jwk: JWK;
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  readonly thumbprint: string;
}

let issuerKey: ForeignKey;
let holder: Holder;
let thief: Holder;
let token: string;
let world: World;

async function createHolder(): Promise<Holder> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return { jwk, privateKey, thumbprint: await calculateJwkThumbprint(jwk) };
}

const address = `${audience}/orders`;

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** A proof made by a foreign library. */
function prove(
  by: Holder,
  change: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return new SignJWT({
    jti: randomUUID(),
    htm: 'GET',
    htu: address,
    iat: Math.floor(world.clock.now()),
    ath: hashOf(token),
    ...change,
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: by.jwk, ...header })
    .sign(by.privateKey);
}

function requestWith(proof: string | null, authorization = `DPoP ${token}`, url = address): Request {
  const headers = new Headers({ authorization });
  if (proof !== null) headers.set('dpop', proof);
  return new Request(url, { headers });
}

const wordOf = (verification: VerifyResult): string => (verification.ok ? 'ok' : verification.reason);
const verify = async (request: Request | NodeRequest): Promise<string> =>
  wordOf(await world.verifier.verify(request));

beforeAll(async () => {
  issuerKey = await createForeignKey('ES256', 'key-1');
  holder = await createHolder();
  thief = await createHolder();
  token = await issuerKey.sign(claimsOf({ cnf: { jkt: holder.thumbprint } }));
});

const createBoundWorld = (options: VerifierOptions['dpop'] = {}): World =>
  createWorld(createIssuer(issuerKey), { dpop: options });

beforeEach(() => {
  world = createBoundWorld();
});

function challengeOf(verification: VerifyResult): string {
  if (verification.ok) throw new Error('the request was accepted');
  const values = verification.headers.filter(([name]) => name === 'www-authenticate');
  expect(values).toHaveLength(1);
  return String(values[0]?.[1]);
}

const algs = 'algs="ES256 EdDSA Ed25519 RS256 PS256"';

describe('a bound token', () => {
  test('with a proof by its key is accepted, again and again with new proofs', async () => {
    for (let round = 0; round < 5; round++) {
      const verification = await world.verifier.verify(requestWith(await prove(holder)));
      expect(verification).toMatchObject({ ok: true, session: { boundKey: holder.thumbprint }, headers: [] });
    }
  });

  test('with a proof that a client library made is accepted', async () => {
    const pair = await dpop.generateKeyPair('ES256', { extractable: true });
    const iat = Math.floor(Date.now() / 1000);
    const bound = await issuerKey.sign(
      claimsOf({ iat, exp: iat + 300, cnf: { jkt: await dpop.calculateThumbprint(pair.publicKey) } }),
    );
    const proof = await dpop.generateProof(pair, `${address}?page=2`, 'GET', undefined, bound);
    world.clock.advance(iat - startAt);
    expect(await verify(requestWith(proof, `DPoP ${bound}`, `${address}?page=2`))).toBe('ok');
  });

  test('as Bearer is refused, with a proof and without, and the way is named', async () => {
    for (const proof of [null, await prove(holder)]) {
      const verification = await world.verifier.verify(requestWith(proof, `Bearer ${token}`));
      expect(wordOf(verification)).toBe('key-binding');
      expect(challengeOf(verification)).toBe(
        `Bearer realm="pawl", error="invalid_token", DPoP realm="pawl", ${algs}`,
      );
    }
    expect(wordOf(await world.verifier.verifyToken(token))).toBe('key-binding');
  });

  test('without a proof, or with several, is 401 invalid_dpop_proof', async () => {
    const joined = requestWith(`${await prove(holder)}, ${await prove(holder)}`);
    const twice: NodeRequest = {
      method: 'GET',
      url: '/orders',
      rawHeaders: [
        ...['host', 'api.example', 'authorization', `DPoP ${token}`],
        ...['dpop', await prove(holder), 'DPoP', await prove(holder)],
      ],
      socket: { encrypted: true },
    };
    for (const request of [requestWith(null), requestWith(''), joined, twice]) {
      const verification = await world.verifier.verify(request);
      expect(wordOf(verification)).toBe('proof');
      expect(verification).toMatchObject({ status: 401 });
      expect(challengeOf(verification)).toBe(`DPoP realm="pawl", ${algs}, error="invalid_dpop_proof"`);
    }
  });

  test('with a proof by the thief’s key is refused', async () => {
    expect(await verify(requestWith(await prove(thief)))).toBe('proof');
    expect(await verify(requestWith(await prove(thief, {}, { jwk: holder.jwk })))).toBe('proof');
  });

  test.each([
    ['another method', { htm: 'POST' }],
    ['another address', { htu: `${audience}/orders/7` }],
    ['another server', { htu: 'https://evil.example/orders' }],
    ['another scheme', { htu: 'http://api.example/orders' }],
    ['another token', { ath: hashOf('another') }],
    ['no token', { ath: undefined }],
    ['no identifier', { jti: undefined }],
    ['a long time ago', { iat: startAt - 60 }],
    ['a time to come', { iat: startAt + 60 }],
  ])('with a proof for %s is refused', async (_what, change) => {
    expect(await verify(requestWith(await prove(holder, change)))).toBe('proof');
  });

  test.each([
    ['the type of an access token', { typ: 'at+jwt' }],
    ['no type', { typ: undefined }],
    ['a critical extension', { crit: ['b64'], b64: true }],
  ])('with a proof of %s is refused', async (_what, header) => {
    expect(await verify(requestWith(await prove(holder, {}, header)))).toBe('proof');
  });

  test('with a proof that was shown before is refused, also when both come at once', async () => {
    const proof = await prove(holder);
    const together = await Promise.all(Array.from({ length: 8 }, () => verify(requestWith(proof))));
    expect(together.sort()).toEqual(['ok', ...Array.from({ length: 7 }, () => 'replayed')]);
    world.clock.advance(50);
    expect(await verify(requestWith(proof))).toBe('replayed');
    world.clock.advance(20);
    expect(await verify(requestWith(proof))).toBe('proof');
  });

  test('with a proof that was refused for another reason may show it again where it is right', async () => {
    const proof = await prove(holder);
    expect(await verify(requestWith(proof, undefined, `${address}/7`))).toBe('proof');
    expect(await verify(requestWith(proof))).toBe('ok');
  });

  test('is told of a missing scope in its own scheme', async () => {
    const verification = await world.verifier.verify(requestWith(await prove(holder)), {
      requireScope: 'admin',
    });
    expect(challengeOf(verification)).toBe(
      `DPoP realm="pawl", ${algs}, error="insufficient_scope", scope="admin"`,
    );
  });
});

describe('an unbound token', () => {
  test('with the scheme DPoP is refused, though the proof is good', async () => {
    const unbound = await issuerKey.sign(claimsOf());
    const proof = await prove(holder, { ath: hashOf(unbound) });
    expect(await verify(requestWith(proof, `DPoP ${unbound}`))).toBe('key-binding');
    expect(await verify(requestWith(proof, `Bearer ${unbound}`))).toBe('ok');
  });

  test('is refused where bound ones are required, and only DPoP is offered', async () => {
    world = createBoundWorld({ required: true });
    const unbound = await issuerKey.sign(claimsOf());
    expect(await verify(requestWith(null, `Bearer ${unbound}`))).toBe('key-binding');
    expect(await verify(requestWith(await prove(holder)))).toBe('ok');
    const missing = await world.verifier.verify(new Request(address));
    expect(challengeOf(missing)).toBe(`DPoP realm="pawl", ${algs}`);
  });
});

describe('the address that a proof is for', () => {
  const nodeRequest = async (change: Partial<NodeRequest>, host = 'api.example'): Promise<NodeRequest> => ({
    method: 'GET',
    url: '/orders?page=2',
    rawHeaders: ['Host', host, 'Authorization', `DPoP ${token}`, 'DPoP', await prove(holder)],
    socket: { encrypted: true },
    ...change,
  });

  test('is put together from a node:http request', async () => {
    expect(await verify(await nodeRequest({}))).toBe('ok');
    expect(await verify(await nodeRequest({ socket: undefined }))).toBe('proof');
    expect(await verify(await nodeRequest({ url: '/', originalUrl: '/orders' }))).toBe('ok');
    expect(await verify(await nodeRequest({}, 'evil.example'))).toBe('proof');
    const [, host, ...others] = (await nodeRequest({})).rawHeaders;
    const overHttp2 = [':method', 'GET', ':authority', String(host), ...others];
    expect(await verify(await nodeRequest({ rawHeaders: overHttp2 }))).toBe('ok');
  });

  test('is of the origin in the options, whatever the Host header says', async () => {
    world = createBoundWorld({ origin: audience });
    expect(await verify(await nodeRequest({ socket: undefined }, '127.0.0.1:8080'))).toBe('ok');
    const forEvil = await prove(holder, { htu: 'https://evil.example/orders' });
    expect(await verify(requestWith(forEvil, undefined, 'https://evil.example/orders'))).toBe('proof');
  });

  test.each([
    '',
    'a b',
    '[',
    'api.example:x',
    'user:password@api.example',
  ])('that makes no sense is refused: host %j', async (host) => {
    expect(await verify(await nodeRequest({}, host))).toBe('proof');
  });
});

describe('a memory of proofs', () => {
  test('that nodes share lets one of them accept a proof', async () => {
    const { replays } = createMemoryStore();
    const nodes = [createBoundWorld({ replays }), createBoundWorld({ replays })];
    const proof = await prove(holder);
    const answers = await Promise.all(nodes.map((node) => node.verifier.verify(requestWith(proof))));
    expect(answers.map(wordOf).sort()).toEqual(['ok', 'replayed']);
  });

  test('that does not answer makes the request 503, never 401', async () => {
    const errors: unknown[] = [];
    world = createWorld(createIssuer(issuerKey), {
      onError: (error) => errors.push(error),
      dpop: { replays: { remember: () => Promise.reject(new Error('connection refused')) } },
    });
    expect(await world.verifier.verify(requestWith(await prove(holder)))).toMatchObject({
      status: 503,
      reason: 'replays-unavailable',
    });
    expect(errors).toHaveLength(1);
  });

  test('is bounded: the oldest is forgotten first', async () => {
    world = createBoundWorld({ maxReplays: 3 });
    const proofs = await Promise.all(Array.from({ length: 4 }, () => prove(holder)));
    for (const proof of proofs) expect(await verify(requestWith(proof))).toBe('ok');
    expect(await verify(requestWith(String(proofs[3])))).toBe('replayed');
    expect(await verify(requestWith(String(proofs[2])))).toBe('replayed');
    expect(await verify(requestWith(String(proofs[0])))).toBe('ok');
  });
});

describe('nonces', () => {
  const nonces = {
    issue: (now: number) => `nonce-${String(Math.floor(now / 60))}`,
    accepts: (nonce: string, now: number) => [nonces.issue(now), nonces.issue(now - 60)].includes(nonce),
  };

  test('are asked for, handed out ahead, and accepted by the next proof', async () => {
    world = createBoundWorld({ nonces });
    const without = await world.verifier.verify(requestWith(await prove(holder)));
    expect(without).toMatchObject({ status: 401, reason: 'nonce' });
    expect(challengeOf(without)).toBe(`DPoP realm="pawl", ${algs}, error="use_dpop_nonce"`);
    const nonce = nonces.issue(world.clock.now());
    expect(without.headers).toContainEqual(['dpop-nonce', nonce]);
    const current = await world.verifier.verify(requestWith(await prove(holder, { nonce })));
    expect(current).toMatchObject({ ok: true, headers: [] });
    world.clock.advance(60);
    const late = await world.verifier.verify(requestWith(await prove(holder, { nonce })));
    expect(late).toMatchObject({ ok: true, headers: [['dpop-nonce', nonces.issue(world.clock.now())]] });
    world.clock.advance(60);
    expect(await verify(requestWith(await prove(holder, { nonce })))).toBe('nonce');
  });
});
