import { createServer, type IncomingMessage, request as nodeRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PawlError } from '../../src/errors.js';
import type { Refusal, Requirements, VerifyResult, VerifierEvent } from '../../src/verifier/index.js';
import {
  claimsOf,
  createForeignKey,
  createIssuer,
  createWorld,
  type ForeignKey,
  type World,
} from './issuer.js';

let key: ForeignKey;
let world: World;
let events: VerifierEvent[];

beforeAll(async () => {
  key = await createForeignKey('ES256', 'key-1');
});

beforeEach(() => {
  events = [];
  world = createWorld(createIssuer(key), { onEvent: (event) => events.push(event) });
});

/** Sends a request with raw headers through a socket, so that what is sent twice arrives twice. */
async function sendNode(headers: readonly string[], path = '/orders'): Promise<IncomingMessage> {
  const arrived: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    arrived.push(request);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve, reject) => {
    const flat = ['host', 'api.example', ...headers];
    nodeRequest({ port, host: '127.0.0.1', path, headers: flat, agent: false }, (response) => {
      response.resume().once('end', resolve);
    })
      .once('error', reject)
      .end();
  });
  await new Promise((resolve) => server.close(resolve));
  const [request] = arrived;
  if (request === undefined) throw new Error('no request arrived');
  return request;
}

function webRequest(headers: readonly string[], path = '/orders'): Request {
  const sent = new Headers();
  for (let at = 0; at < headers.length; at += 2) sent.append(String(headers[at]), String(headers[at + 1]));
  return new Request(`https://api.example${path}`, { headers: sent });
}

const carriers = [
  ['a node:http request', sendNode],
  ['a web-standard request', async (headers: readonly string[], path?: string) => webRequest(headers, path)],
] as const;

const challengeOf = (refusal: Refusal): string | undefined =>
  refusal.headers.find(([name]) => name === 'www-authenticate')?.[1];

/** Follows each challenge of the scheme Bearer: the other way that is open. */
const dpopOffer = ', DPoP realm="pawl", algs="ES256 EdDSA Ed25519 RS256 PS256"';

function expectRefusal(verification: VerifyResult): Refusal {
  if (verification.ok) throw new Error('the request was accepted');
  return verification;
}

describe.each(carriers)('%s', (_name, send) => {
  const verify = async (
    headers: readonly string[],
    requirements?: Requirements,
    path?: string,
  ): Promise<VerifyResult> => world.verifier.verify(await send(headers, path), requirements);

  test('with a good token goes on', async () => {
    const token = await key.sign(claimsOf());
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  ']) {
      expect(await verify(['authorization', `${scheme} ${token}`]), scheme).toMatchObject({
        ok: true,
        session: { subject: 'ada', scopes: ['orders:read', 'orders:write'] },
      });
    }
  });

  test('without a token is challenged and told of no error', async () => {
    for (const headers of [
      [],
      ['authorization', 'Basic YWRhOng='],
      ['authorization', ''],
      ['cookie', 'token=x'],
    ]) {
      const refusal = expectRefusal(await verify(headers));
      expect([refusal.status, refusal.reason, challengeOf(refusal)]).toEqual([
        401,
        'no-token',
        `Bearer realm="pawl"${dpopOffer}`,
      ]);
    }
    expect(events).toEqual([]);
  });

  test('with a token in the query or a cookie is one without a token', async () => {
    const token = await key.sign(claimsOf());
    for (const [headers, path] of [
      [[], `/orders?access_token=${token}`],
      [['cookie', `__Host-pawl-access-0a1b2c3d=${token}`], '/orders'],
    ] as const) {
      expect(expectRefusal(await verify(headers, undefined, path)).reason).toBe('no-token');
    }
  });

  test('with several tokens is 400, also when they are the same', async () => {
    const token = await key.sign(claimsOf());
    for (const headers of [
      ['authorization', `Bearer ${token}`, 'authorization', `Bearer ${token}`],
      ['authorization', `Bearer ${token}`, 'Authorization', `DPoP ${token}`],
      ['authorization', `Bearer ${token}, Bearer ${token}`],
      ['authorization', `Bearer ${token},${token}`],
    ]) {
      const refusal = expectRefusal(await verify(headers));
      expect([refusal.status, refusal.reason, challengeOf(refusal)]).toEqual([
        400,
        'several-tokens',
        `Bearer realm="pawl", error="invalid_request"${dpopOffer}`,
      ]);
    }
  });

  test('with a token that is none is 401 invalid_token, whatever is wrong', async () => {
    const good = await key.sign(claimsOf());
    for (const [value, reason] of [
      ['Bearer', 'malformed'],
      ['Bearer ', 'malformed'],
      ['Bearer nonsense', 'malformed'],
      [`Bearer ${good} ${good}`, 'malformed'],
      [`Bearer "${good}"`, 'malformed'],
      [`Bearer token=${good}`, 'malformed'],
      [`Bearer ${await key.sign(claimsOf({ iss: 'https://evil.example' }))}`, 'issuer'],
      [`Bearer ${await key.sign(claimsOf({ aud: 'x' }))}`, 'audience'],
    ] as const) {
      const refusal = expectRefusal(await verify(['authorization', value]));
      expect([refusal.status, refusal.reason], value).toEqual([401, reason]);
      expect(challengeOf(refusal)).toBe(`Bearer realm="pawl", error="invalid_token"${dpopOffer}`);
      expect(JSON.parse(refusal.body)).toEqual({
        error: 'invalid_token',
        error_description: 'The access token is not valid.',
      });
      expect(refusal.headers).toContainEqual(['cache-control', 'no-store']);
    }
  });

  test('that lacks a scope is 403 and told which it needs', async () => {
    const token = await key.sign(claimsOf({ scope: 'orders:read' }));
    const headers = ['authorization', `Bearer ${token}`];
    for (const requireScope of ['orders:read', ['orders:read'], [], undefined]) {
      const requirements = requireScope === undefined ? {} : { requireScope };
      expect((await verify(headers, requirements)).ok).toBe(true);
    }
    for (const requireScope of ['orders:read orders:write', ['orders:read', 'orders:write']]) {
      const refusal = expectRefusal(await verify(headers, { requireScope }));
      expect([refusal.status, challengeOf(refusal)]).toEqual([
        403,
        'Bearer realm="pawl", error="insufficient_scope", scope="orders:read orders:write"',
      ]);
    }
    for (const requireScope of ['orders', 'ORDERS:READ', 'orders:read:x']) {
      expect(expectRefusal(await verify(headers, { requireScope })).reason).toBe('insufficient-scope');
    }
  });

  test('whose scope claim is missing or empty has no scope', async () => {
    for (const scope of [undefined, '', ' ']) {
      const verification = await verify(['authorization', `Bearer ${await key.sign(claimsOf({ scope }))}`]);
      expect(verification).toMatchObject({ ok: true, session: { scopes: [] } });
    }
  });
});

test('a required scope that could break out of the header is the caller’s mistake', async () => {
  for (const requireScope of ['a"b', 'a\\b', 'a\r\nb', '', ' ', ['a b'], ['é'], [7] as never, 7 as never]) {
    await expect(world.verifier.verifyToken('x', { requireScope })).rejects.toThrow(PawlError);
  }
});

test('what one request does to its session does not reach the next', async () => {
  const token = await key.sign(claimsOf({ roles: ['user'] }));
  const [first, second] = [await world.verifier.verifyToken(token), await world.verifier.verifyToken(token)];
  if (!first.ok || !second.ok) throw new Error('refused');
  expect(() => (first.session.claims['roles'] as string[]).push('admin')).toThrow(TypeError);
  expect(() => {
    (first.session as { subject: string }).subject = 'root';
  }).toThrow(TypeError);
  expect(second.session.claims['roles']).toEqual(['user']);
});

test('refusals are told once in ten seconds for each reason, with their number', async () => {
  for (let round = 0; round < 1000; round++) await world.check('nonsense');
  await world.check(await key.sign(claimsOf({ aud: 'x' })));
  const told = (): unknown[] =>
    events.flatMap((event) => (event.type === 'tokens.refused' ? [[event.reason, event.count]] : []));
  expect(told()).toEqual([
    ['malformed', 1],
    ['audience', 1],
  ]);
  world.clock.advance(10);
  await world.check('nonsense');
  expect(told().slice(2)).toEqual([['malformed', 1000]]);
});

test('no event and no answer holds a part of a token', async () => {
  const token = await key.sign(claimsOf({ sub: 'canary-in-the-claims' }));
  const [, payload = '', signature = ''] = token.split('.');
  const answers: unknown[] = [];
  for (const text of [`${token}x`, token.slice(0, -3), `${payload}.${payload}.${signature}`, payload]) {
    answers.push(await world.verifier.verifyToken(text));
    answers.push(await world.verifier.verify(webRequest(['authorization', `Bearer ${text}`])));
    world.clock.advance(10);
  }
  const written = JSON.stringify([answers, events]);
  for (const part of [payload.slice(0, 12), signature.slice(0, 12), 'canary']) {
    expect(written).not.toContain(part);
  }
});

test('a listener that fails does not fail the request', async () => {
  const errors: unknown[] = [];
  const failing = createWorld(createIssuer(key), {
    onEvent: () => {
      throw new Error('full disk');
    },
    onError: (error) => errors.push(error),
  });
  expect(await failing.check(await key.sign(claimsOf()))).toBe('ok');
  expect(await failing.check('nonsense')).toBe('malformed');
  expect(errors).toHaveLength(2);
});
