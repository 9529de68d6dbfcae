import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { calculateThumbprint, generateKeyPair, generateProof } from 'dpop';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Authority, createAuthority, parseMasterKey, type Tokens } from 'pawl';
import { cookieNamesOf, createHandler, type Handler } from 'pawl/http';
import type { Store } from 'pawl/stores';
import { createMemoryStore } from 'pawl/stores/memory';
import { createVerifier, type Gate, type IncomingRequest, type VerifiedSession } from 'pawl/verifier';
import { frameworks, type Listener } from '../examples/frameworks/frameworks.js';

type Position = 'with the authority inside' | 'as a resource server';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listen(): Promise<{ readonly server: Server; readonly origin: string }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function serve(server: Server, listener: Listener): void {
  server.on('request', (request, response) => void listener(request, response));
}

interface Site {
  readonly origin: string;
  /** Where the authority is: the same, or another server. */
  readonly issuerOrigin: string;
  readonly authority: Authority;
  readonly store: Store;
}

async function startAuthority(
  origin: string,
): Promise<{ store: Store; authority: Authority; auth: Handler }> {
  const store = createMemoryStore();
  const authority = await createAuthority({
    issuer: `${origin}/auth`,
    store,
    masterKey: parseMasterKey('ab'.repeat(32)),
    maintenance: 'manual',
  });
  closing.push(() => authority.close());
  const auth = createHandler({
    authority,
    authenticate: async ({ username, password }) =>
      password.reveal() === 'correct'
        ? { ok: true, subject: username, amr: ['pwd'], scope: username === 'ada' ? 'orders:write' : '' }
        : { ok: false, reason: 'wrong' },
  });
  return { store, authority, auth };
}

async function startSite(framework: string, position: Position): Promise<Site> {
  const create = frameworks[framework];
  if (create === undefined) throw new Error(`there is no ${framework}`);
  const site = await listen();
  if (position === 'with the authority inside') {
    const { auth, ...rest } = await startAuthority(site.origin);
    serve(site.server, await create(auth, auth));
    return { ...rest, origin: site.origin, issuerOrigin: site.origin };
  }
  const issuer = await listen();
  const { auth, ...rest } = await startAuthority(issuer.origin);
  serve(issuer.server, (request, response) => auth.node(request, response));
  const { issuer: named } = rest.authority;
  serve(site.server, await create(createVerifier({ issuer: named, audience: named })));
  return { ...rest, origin: site.origin, issuerOrigin: issuer.origin };
}

const bearer = (accessToken: string): Record<string, string> => ({ authorization: `Bearer ${accessToken}` });

function postJson(address: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

const positions: readonly Position[] = ['with the authority inside', 'as a resource server'];
const cases = Object.keys(frameworks).flatMap((framework) =>
  positions.map((position) => ({ framework, position })),
);

describe.each(cases)('an API in $framework, $position', ({ framework, position }) => {
  let site: Site;
  let login: (username?: string) => Promise<string>;
  const order = (token: string, body = '{"item":"gear"}'): Promise<Response> =>
    postJson(`${site.origin}/api/orders`, body, bearer(token));
  const me = (headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${site.origin}/api/me`, { headers });

  beforeEach(async () => {
    site = await startSite(framework, position);
    login = async (username = 'ada') => {
      const body = JSON.stringify({ username, password: 'correct' });
      const answer = await postJson(`${site.issuerOrigin}/auth/login`, body);
      return ((await answer.json()) as { readonly access_token: string }).access_token;
    };
  });

  test('knows who calls, and reads the body of a call that may pass', async () => {
    const token = await login();
    expect(await (await me(bearer(token))).json()).toEqual({ subject: 'ada', scopes: ['orders:write'] });
    const answer = await order(token);
    expect([answer.status, await answer.json()]).toEqual([201, { item: 'gear', orderedBy: 'ada' }]);
  });

  test('says 401 with a challenge to no token and to one that is not good', async () => {
    const none = await me();
    expect(none.status).toBe(401);
    expect(none.headers.get('www-authenticate')).toMatch(/^Bearer realm="pawl"(?:, DPoP |$)/);
    expect(await none.json()).toEqual({
      error: 'invalid_token',
      error_description: 'An access token is required.',
    });
    const altered = await me(bearer(`${await login()}x`));
    expect(altered.status).toBe(401);
    expect(altered.headers.get('www-authenticate')).toMatch(/^Bearer realm="pawl", error="invalid_token"/);
    expect(altered.headers.get('content-type')).toBe('application/json');
    expect(altered.headers.get('cache-control')).toBe('no-store');
  });

  test('says 403 and which scope is missing, without reading the body', async () => {
    const token = await login('bob');
    expect((await me(bearer(token))).status).toBe(200);
    const answer = await order(token, '{ no JSON');
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer realm="pawl", error="insufficient_scope", scope="orders:write"',
    ]);
  });

  test('takes a token that is bound to a key with a proof for this very address, once', async () => {
    const keys = await generateKeyPair('ES256');
    const boundKey = await calculateThumbprint(keys.publicKey);
    const granted = await site.authority.login({ subject: 'ada', boundKey });
    const token = granted.granted ? granted.tokens.accessToken : '';
    const withProofFor = async (path: string): Promise<Record<string, string>> => ({
      authorization: `DPoP ${token}`,
      dpop: await generateProof(keys, site.origin + path, 'GET', undefined, token),
    });
    const proven = await withProofFor('/api/me');
    expect((await me(proven)).status).toBe(200);
    for (const headers of [proven, await withProofFor('/me'), bearer(token)]) {
      const refused = await me(headers);
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringContaining('DPoP '),
      ]);
    }
  });

  test('answers HEAD of a refused call without a body', async () => {
    const answer = await fetch(`${site.origin}/api/me`, { method: 'HEAD' });
    expect([answer.status, await answer.text()]).toEqual([401, '']);
  });
});

describe.each(Object.keys(frameworks))('%s with the authority inside', (framework) => {
  let site: Site;

  beforeEach(async () => {
    site = await startSite(framework, 'with the authority inside');
  });

  async function tokens(): Promise<Tokens> {
    const login = await site.authority.login({ subject: 'ada', scope: 'orders:write' });
    if (!login.granted) throw new Error('not granted');
    return login.tokens;
  }
  const cookie = ({ accessToken }: Tokens): Record<string, string> => ({
    cookie: `theme=dark; ${cookieNamesOf(site.authority.issuer).access}=${accessToken}`,
  });
  const call = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${site.origin}/api/me`, { headers });

  test('an ended session is refused at once, and a store that does not answer is 503', async () => {
    const { accessToken, sessionId } = await tokens();
    expect((await call(bearer(accessToken))).status).toBe(200);
    await site.authority.revokeSession(sessionId);
    expect((await call(bearer(accessToken))).status).toBe(401);
    await site.store.close();
    const away = await call(bearer(accessToken));
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
  });

  test('sessions that are looked up pass the same guard', async () => {
    const { server, origin } = await listen();
    const authority = await createAuthority({
      issuer: `${origin}/auth`,
      store: createMemoryStore(),
      masterKey: parseMasterKey('ab'.repeat(32)),
      maintenance: 'manual',
      mode: 'session',
    });
    closing.push(() => authority.close());
    const auth = createHandler({ authority, authenticate: async () => ({ ok: false, reason: 'wrong' }) });
    const create = frameworks[framework];
    if (create !== undefined) serve(server, await create(auth, auth));
    const login = await authority.login({ subject: 'ada', scope: 'orders:write' });
    const token = login.granted ? login.tokens.sessionToken : '';
    const answers = [bearer(token), { cookie: `${cookieNamesOf(authority.issuer).session}=${token}` }].map(
      (headers) => fetch(`${origin}/api/me`, { headers }),
    );
    for (const answer of await Promise.all(answers)) {
      expect(await answer.json()).toEqual({ subject: 'ada', scopes: ['orders:write'] });
    }
    await authority.logout(token);
    expect((await fetch(`${origin}/api/me`, { headers: bearer(token) })).status).toBe(401);
  });

  test('an authority that asks for nonces tells the next one to whoever has sent a proof', async () => {
    const { server, origin } = await listen();
    const authority = await createAuthority({
      issuer: `${origin}/auth`,
      store: createMemoryStore(),
      masterKey: parseMasterKey('ab'.repeat(32)),
      maintenance: 'manual',
      requireDpopNonce: true,
    });
    closing.push(() => authority.close());
    const auth = createHandler({ authority, authenticate: async () => ({ ok: false, reason: 'wrong' }) });
    const create = frameworks[framework];
    if (create !== undefined) serve(server, await create(auth, auth));
    const keys = await generateKeyPair('ES256');
    const boundKey = await calculateThumbprint(keys.publicKey);
    const login = await authority.login({ subject: 'ada', boundKey });
    const token = login.granted ? login.tokens.accessToken : '';
    const proven = {
      authorization: `DPoP ${token}`,
      dpop: await generateProof(keys, `${origin}/api/me`, 'GET', undefined, token),
    };
    const answers = [await fetch(`${origin}/api/me`, { headers: proven })];
    answers.push(await fetch(`${origin}/api/me`, { headers: proven }));
    expect(answers.map(({ status }) => status)).toEqual([200, 401]);
    for (const { headers } of answers) expect(headers.get('dpop-nonce')).toMatch(/^\S{8,}$/);
  });

  test('the access cookie reads from anywhere, and writes from the own origin only', async () => {
    const held = cookie(await tokens());
    const foreign = { ...held, origin: 'https://evil.example' };
    expect((await call(foreign)).status).toBe(200);
    const order = (headers: Record<string, string>): Promise<Response> =>
      postJson(`${site.origin}/api/orders`, '{"item":"gear"}', headers);
    expect((await order(foreign)).status).toBe(403);
    expect((await order({ ...held, origin: site.origin })).status).toBe(201);
  });
});

test.each(
  Object.keys(frameworks),
)('%s as a resource server answers 503 while the issuer is away', async (name) => {
  const site = await startSite(name, 'as a resource server');
  const { server, origin } = await listen();
  const create = frameworks[name];
  const issuer = 'http://127.0.0.1:1/auth';
  if (create !== undefined) serve(server, await create(createVerifier({ issuer, audience: issuer })));
  const login = await site.authority.login({ subject: 'ada' });
  const token = login.granted ? login.tokens.accessToken : '';
  const answer = await fetch(`${origin}/api/me`, { headers: bearer(token) });
  expect([answer.status, Number(answer.headers.get('retry-after'))]).toEqual([503, expect.any(Number)]);
  expect(answer.headers.get('www-authenticate')).toBeNull();
});

describe.each(Object.keys(frameworks))('the guard in %s', (framework) => {
  async function callThrough(verify: Gate['verify']): Promise<Response> {
    const { server, origin } = await listen();
    const create = frameworks[framework];
    if (create !== undefined) serve(server, await create({ verify }));
    return fetch(`${origin}/api/me`);
  }
  // The guards hand it on as it is.
  const session = { subject: 'ada', scopes: [], sessionId: 'x' } as unknown as VerifiedSession;

  test('passes on every header of a refusal', async () => {
    const answer = await callThrough(async () => ({
      ok: false,
      reason: 'x',
      status: 401,
      headers: [
        ['content-type', 'application/json'],
        ['www-authenticate', 'Bearer'],
        ['www-authenticate', 'DPoP algs="ES256"'],
        ['dpop-nonce', 'n'],
      ],
      body: '{}',
    }));
    expect([answer.status, await answer.text()]).toEqual([401, '{}']);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer, DPoP algs="ES256"');
    expect(answer.headers.get('dpop-nonce')).toBe('n');
  });

  test('adds headers of the gate to the answer of the application, and shows the gate the whole address', async () => {
    const seen: IncomingRequest[] = [];
    const answer = await callThrough(async (request) => {
      seen.push(request);
      return { ok: true, session, headers: [['dpop-nonce', 'n']] };
    });
    expect([answer.status, answer.headers.get('dpop-nonce')]).toEqual([200, 'n']);
    const [request] = seen;
    const address = request !== undefined && 'originalUrl' in request ? request.originalUrl : request?.url;
    expect(address).toMatch(/(?:^|:\d+)\/api\/me$/);
  });

  test('turns a gate that fails into an error of the application, never into a pass', async () => {
    const answer = await callThrough(async () => {
      throw new Error('the gate is broken');
    });
    expect(answer.status).toBe(500);
  });
});
