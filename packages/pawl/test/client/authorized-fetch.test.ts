import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { calculateJwkThumbprint, EmbeddedJWK, type JWK, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClient } from '../../src/client/client.js';
import { createMemoryStorage } from '../../src/client/memory-storage.js';
import { createProofKey } from '../../src/client/proof-key.js';
import type { ClientStorage } from '../../src/client/storage.js';
import { credentials, openClientWorld, sentTo, turns } from './world.js';

const servers: Server[] = [];

/** A server that notes what it is sent. */
async function listen(
  listener: RequestListener,
): Promise<{ origin: string; received: IncomingHttpHeaders[] }> {
  const received: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    received.push(request.headers);
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, received };
}

afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections();
});

/** A storage with a live session bound to a key, as a login leaves it behind. */
async function signedIn(issuer: string): Promise<{ storage: ClientStorage; jkt: string }> {
  const storage = createMemoryStorage();
  const key = await createProofKey(true);
  const endsAt = Date.now() / 1000 + 300;
  await storage.replace(0, {
    revision: 1,
    clockAheadSeconds: 0,
    status: 'signed-in',
    key,
    tokens: {
      sessionId: issuer,
      accessToken: 'access.of.mine',
      refreshToken: 'prt_mine',
      generation: 0,
      fork: 0,
      accessExpiresAt: endsAt,
      refreshAt: endsAt,
    },
  });
  return { storage, jkt: await calculateJwkThumbprint(key.publicJwk) };
}

const ok: RequestListener = (_request, response) => response.end('ok');

describe('a token goes', () => {
  test('to the issuer and the audiences, with a proof for that very request, and nowhere else', async () => {
    const [issuer, api, other] = [await listen(ok), await listen(ok), await listen(ok)];
    const { storage, jkt } = await signedIn(issuer.origin);
    const client = createClient({ issuer: issuer.origin, audiences: [api.origin], storage });
    await client.fetch(`${issuer.origin}/sessions?a=b`);
    await client.fetch(new URL(`${api.origin}/items/1?a=b#c`), { method: 'PUT', body: 'text' });
    await client.fetch(`${other.origin}/`);
    await client.fetch(`${api.origin}/`, { headers: { authorization: 'Basic mine' } });
    client.close();

    expect(other.received).toHaveLength(1);
    expect(Object.keys(other.received[0] ?? {})).not.toEqual(
      expect.arrayContaining(['authorization', 'dpop']),
    );
    expect(api.received[1]).toMatchObject({ authorization: 'Basic mine' });
    expect(api.received[1]?.['dpop']).toBeUndefined();
    const proven = [issuer.received[0], api.received[0]];
    const claims = await Promise.all(
      proven.map(async (headers) => {
        expect(headers?.authorization).toBe('DPoP access.of.mine');
        const { payload, protectedHeader } = await jwtVerify(String(headers?.['dpop']), EmbeddedJWK);
        expect(await calculateJwkThumbprint(protectedHeader.jwk as JWK)).toBe(jkt);
        return payload;
      }),
    );
    const ath = createHash('sha256').update('access.of.mine').digest('base64url');
    expect(claims).toMatchObject([
      { htm: 'GET', htu: `${issuer.origin}/sessions`, ath },
      { htm: 'PUT', htu: `${api.origin}/items/1`, ath },
    ]);
  });

  test('along no redirect, to the same origin or another', async () => {
    const target = await listen(ok);
    const api = await listen((request, response) => {
      const to = request.url === '/away' ? target.origin : '/here';
      response.writeHead(request.url === '/here' ? 200 : 307, { location: to }).end();
    });
    const { storage } = await signedIn(api.origin);
    const client = createClient({ issuer: api.origin, storage });
    await expect(client.fetch(`${api.origin}/away`)).rejects.toThrow(TypeError);
    await expect(client.fetch(`${api.origin}/again`)).rejects.toThrow(TypeError);
    const manual = await client.fetch(`${api.origin}/away`, { redirect: 'manual' });
    client.close();
    expect(manual.status).toBe(307);
    expect(target.received).toEqual([]);
    expect(api.received).toHaveLength(3);
  });
});

describe('a server nonce', () => {
  test('is used once it is asked for, with the body sent again, and kept for each origin by itself', async () => {
    const nonces: unknown[] = [];
    const bodies: string[] = [];
    const wanting =
      (nonce: string): RequestListener =>
      (request, response) => {
        const proof = String(request.headers['dpop']);
        const payload = JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString()) as object;
        const got = 'nonce' in payload ? payload.nonce : null;
        nonces.push(got);
        let body = '';
        request.on('data', (chunk) => (body += String(chunk)));
        request.on('end', () => {
          bodies.push(body);
          if (got === nonce) response.end('ok');
          else {
            const challenge = 'DPoP error="use_dpop_nonce", algs="ES256"';
            response.writeHead(401, { 'www-authenticate': challenge, 'dpop-nonce': nonce }).end();
          }
        });
      };
    const [one, two] = [await listen(wanting('n1')), await listen(wanting('n2'))];
    const { storage } = await signedIn(one.origin);
    const client = createClient({ issuer: one.origin, audiences: [two.origin], storage });
    const post = { method: 'POST', body: 'text' };
    const statuses = [];
    for (const { origin } of [one, two, one, two]) statuses.push((await client.fetch(origin, post)).status);
    client.close();
    expect(statuses).toEqual([200, 200, 200, 200]);
    expect(nonces).toEqual([null, 'n1', null, 'n2', 'n1', 'n2']);
    expect(new Set(bodies)).toEqual(new Set(['text']));
  });

  test('that is asked for again and again is tried once', async () => {
    const api = await listen((_request, response) => {
      const challenge = 'DPoP error="use_dpop_nonce", algs="ES256"';
      response.writeHead(401, { 'www-authenticate': challenge, 'dpop-nonce': 'never good' }).end();
    });
    const { storage } = await signedIn(api.origin);
    const client = createClient({ issuer: api.origin, storage });
    expect((await client.fetch(api.origin)).status).toBe(401);
    client.close();
    expect(api.received).toHaveLength(2);
  });
});

describe('a login', () => {
  let world: Awaited<ReturnType<typeof openClientWorld>>;
  beforeEach(async () => {
    world = await openClientWorld();
  });
  afterEach(() => world.close());

  test('says what is wrong by a value', async () => {
    const client = world.open({ binding: 'none' });
    const login = (username: string, password = 'correct'): Promise<unknown> =>
      client.login({ username, password });
    expect(await login('ada', 'wrong')).toEqual({ ok: false, reason: 'wrong' });
    expect(await login('slow')).toEqual({ ok: false, reason: 'throttled', retryAfterSeconds: 7 });
    expect(await login('')).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/wrong|refused/) as string,
    });
    world.weather = () => Promise.resolve(null);
    expect(await login('ada')).toEqual({ ok: false, reason: 'unavailable', retryAfterSeconds: 0 });
    expect(await client.session()).toEqual({ status: 'anonymous' });
  });

  test('over a live session ends that one', async () => {
    const client = world.open({ binding: 'none' });
    await client.login(credentials);
    await client.login(credentials);
    expect(await world.harness.authority.listSessions('ada')).toHaveLength(1);
  });

  test.each([
    // After the login there is nothing left to ask.
    ['the login', 'the question', ['POST /login 200']],
    ['the question', 'the login', ['POST /refresh 400', 'POST /login 200']],
  ] as const)('by cookie and the question whether there is a session go one by one: %s before %s', async (first, second, requests) => {
    const client = world.open({ transport: 'cookie', binding: 'dpop' });
    const steps = { 'the login': () => client.login(credentials), 'the question': () => client.session() };
    const later: Promise<unknown>[] = [];
    let underWay = 0;
    world.weather = async (request, forward) => {
      underWay += 1;
      expect(underWay).toBe(1);
      if (later.length === 0) later.push(steps[second]());
      await turns(20);
      request.headers.set('sec-fetch-site', 'same-origin');
      const response = await forward();
      await turns(20);
      underWay -= 1;
      return response;
    };
    await steps[first]();
    await Promise.all(later);
    expect(world.log).toEqual(requests);
    expect(await client.session()).toMatchObject({ status: 'signed-in' });
  });

  test('that an issuer grants without the key is refused and ended', async () => {
    const client = world.open();
    world.weather = (request, forward) => {
      request.headers.delete('dpop');
      return forward();
    };
    await expect(client.login(credentials)).rejects.toMatchObject({ code: 'not-bound' });
    expect(await client.session()).toEqual({ status: 'anonymous' });
    expect(await world.harness.authority.listSessions('ada')).toEqual([]);
  });
});

describe('a device whose clock is set while a session lives', () => {
  test('proves with the time of the answer that refused its proof', async () => {
    const world = await openClientWorld();
    const client = world.open();
    await client.login(credentials);
    // As if somebody had set the device's clock back by an hour since.
    const record = await world.storage.load();
    if (record === null) throw new Error('nothing is stored');
    await world.storage.replace(record.revision, {
      ...record,
      revision: record.revision + 1,
      clockAheadSeconds: -3600,
    });
    const later = world.open();
    expect((await later.fetch(`${world.issuer}/userinfo`)).status).toBe(200);
    expect(world.log.filter((line) => line.includes('/userinfo'))).toEqual([
      'GET /userinfo 401',
      'GET /userinfo 200',
    ]);
    expect(sentTo(world, '/refresh')).toEqual([]);
    await world.close();
  });
});
