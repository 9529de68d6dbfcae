import { readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  request,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Authority, createAuthority, parseMasterKey, type Tokens } from 'pawl';
import { cookieNamesOf, createHandler } from 'pawl/http';
import type { Store } from 'pawl/stores';
import { createMemoryStore } from 'pawl/stores/memory';
import { type NginxServer, startNginx } from '../testbed/src/nginx-server.js';

const siteOrigin = 'https://www.example.com';

/** What the application behind the proxy saw of the last request. */
let seen: { readonly url: string; readonly body: string; readonly headers: IncomingHttpHeaders } | null =
  null;
let store: Store;
let authority: Authority;
let pawl: Server;
let application: Server;
let nginx: NginxServer;

async function listening(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** The configuration as docs/reverse-proxies.md shows it, with the addresses of this test. */
async function startDocumentedNginx(): Promise<NginxServer> {
  const page = readFileSync('docs/reverse-proxies.md', 'utf8');
  const [servers = '', verify = '', identity = ''] = [...page.matchAll(/```nginx\n([^]*?)```/g)].map(
    ([, block]) => block ?? '',
  );
  const replaced = (from: string, to: string) => (configuration: string) => {
    expect(configuration).toContain(from);
    return configuration.replace(from, to);
  };
  return startNginx({
    servers: (port) =>
      [
        replaced('listen 80;', `listen 127.0.0.1:${port};`),
        replaced('127.0.0.1:3000', `127.0.0.1:${portOf(pawl)}`),
        replaced('127.0.0.1:8080', `127.0.0.1:${portOf(application)}`),
      ].reduce((configuration, replace) => replace(configuration), servers),
    files: { 'conf.d/verify.inc': verify, 'conf.d/identity.inc': identity },
  });
}

beforeAll(async () => {
  store = createMemoryStore();
  authority = await createAuthority({
    issuer: `${siteOrigin}/auth`,
    store,
    masterKey: parseMasterKey('ab'.repeat(32)),
    maintenance: 'manual',
  });
  const auth = createHandler({ authority, authenticate: async () => ({ ok: false, reason: 'wrong' }) });
  pawl = await listening((incoming, response) => void auth.node(incoming, response));
  application = await listening((incoming, response) => {
    void text(incoming).then((body) => {
      seen = { url: incoming.url ?? '', body, headers: incoming.headers };
      response.writeHead(incoming.url === '/broken' ? 500 : 200).end('the application');
    });
  });
  nginx = await startDocumentedNginx();
});

afterAll(async () => {
  await nginx.process.end('SIGKILL');
  for (const server of [pawl, application]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await authority.close();
});

async function login(subject = 'ada', scope = '', boundKey?: string): Promise<Tokens> {
  const result = await authority.login({ subject, scope, ...(boundKey === undefined ? {} : { boundKey }) });
  if (!result.granted) throw new Error('not granted');
  return result.tokens;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends headers that `fetch` would not, and header names as they are written. */
function send(
  origin: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  method = 'GET',
  body = '',
): Promise<Answer> {
  seen = null;
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, origin), { method, headers, agent: false }, (response) => {
      void text(response).then((answered) =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answered }),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

const bearer = (tokens: Tokens): Record<string, string> => ({
  authorization: `Bearer ${tokens.accessToken}`,
});
const cookie = (tokens: Tokens): Record<string, string> => ({
  cookie: `theme=dark; ${cookieNamesOf(authority.issuer).access}=${tokens.accessToken}`,
});
const identity = ['x-auth-subject', 'x-auth-session', 'x-auth-client', 'x-auth-scope'] as const;

function identitySeen(): readonly unknown[] {
  return identity.map((name) => seen?.headers[name]);
}

describe('behind nginx, as documented', () => {
  test('the application gets the request and the identity of a live session', async () => {
    const tokens = await login('ada@example.com', 'orders:read orders:write');
    const answer = await send(nginx.origin, '/page?q=1', bearer(tokens), 'POST', 'a body');
    expect([answer.status, answer.body]).toEqual([200, 'the application']);
    expect([seen?.url, seen?.body]).toEqual(['/page?q=1', 'a body']);
    expect(identitySeen()).toEqual([
      'ada@example.com',
      tokens.sessionId,
      'first-party',
      'orders:read orders:write',
    ]);
  });

  test('headers of identity that the client made up never arrive', async () => {
    const spoofed = Object.fromEntries([
      ...identity.map((name) => [name, 'root']),
      ['X_Auth_Subject', 'root'],
      ['X-AUTH-SCOPE', 'admin'],
    ]) as Record<string, string>;
    const tokens = await login('ada');
    expect((await send(nginx.origin, '/', { ...spoofed, ...bearer(tokens) })).status).toBe(200);
    expect(identitySeen()).toEqual(['ada', tokens.sessionId, 'first-party', undefined]);
    expect(JSON.stringify(seen?.headers)).not.toMatch(/root|admin/);
    expect((await send(nginx.origin, '/', spoofed)).status).toBe(401);
    expect(seen).toBeNull();
  });

  test('no token, a made-up one and one of an ended session are 401 with a challenge', async () => {
    const none = await send(nginx.origin, '/');
    expect([none.status, none.headers['www-authenticate']]).toEqual([401, 'Bearer realm="pawl"']);
    const tokens = await login();
    const madeUp = await send(nginx.origin, '/', { authorization: `Bearer ${tokens.accessToken}x` });
    expect([madeUp.status, madeUp.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="pawl", error="invalid_token"',
    ]);
    await authority.revokeSession(tokens.sessionId);
    expect((await send(nginx.origin, '/', bearer(tokens))).status).toBe(401);
    expect(seen).toBeNull();
  });

  test('a missing scope is 403, and the challenge names it', async () => {
    const answer = await send(nginx.origin, '/orders/7', bearer(await login('ada', 'orders:read')));
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      403,
      'Bearer realm="pawl", error="insufficient_scope", scope="orders:write"',
    ]);
    expect(seen).toBeNull();
    const granted = await login('ada', 'orders:read orders:write');
    expect((await send(nginx.origin, '/orders/7', bearer(granted))).status).toBe(200);
  });

  test('the access cookie reads from anywhere and writes from the own origin only', async () => {
    const tokens = await login();
    const foreign = { ...cookie(tokens), origin: 'https://evil.example' };
    expect((await send(nginx.origin, '/', foreign)).status).toBe(200);
    expect((await send(nginx.origin, '/', foreign, 'POST')).status).toBe(403);
    const spoofed = { ...foreign, 'x-forwarded-method': 'GET' };
    expect((await send(nginx.origin, '/', spoofed, 'DELETE')).status).toBe(403);
    expect(seen).toBeNull();
    const own = { ...cookie(tokens), origin: siteOrigin };
    expect((await send(nginx.origin, '/', own, 'POST')).status).toBe(200);
    expect(identitySeen()[0]).toBe('ada');
  });

  test('more than one credential is refused by Pawl in one header, and by nginx itself in two', async () => {
    const { accessToken } = await login();
    const values = [`Bearer ${accessToken}`, 'Basic YWRhOng='];
    for (const credentials of [values, values.toReversed()]) {
      const joined = await send(nginx.origin, '/', { authorization: credentials.join(', ') });
      expect([joined.status, joined.headers['www-authenticate']]).toEqual([
        401,
        'Bearer realm="pawl", error="invalid_request"',
      ]);
      const twice = await send(nginx.origin, '/', { authorization: credentials });
      expect([twice.status, twice.headers['www-authenticate']]).toEqual([400, undefined]);
    }
    expect(seen).toBeNull();
  });

  test('a handshake for a WebSocket by cookie passes from the own page only', async () => {
    const handshake = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
      ...cookie(await login()),
    };
    for (const said of [
      {},
      { origin: 'https://evil.example' },
      { origin: siteOrigin, 'sec-fetch-site': 'cross-site' },
    ]) {
      expect((await send(nginx.origin, '/', { ...handshake, ...said })).status).toBe(403);
    }
    expect(seen).toBeNull();
    expect((await send(nginx.origin, '/', { ...handshake, origin: siteOrigin })).status).toBe(200);
  });

  test('an error of the application stays its own, and /verify itself cannot be called from outside', async () => {
    const answer = await send(nginx.origin, '/broken', bearer(await login()));
    expect([answer.status, answer.body]).toEqual([500, 'the application']);
    expect((await send(nginx.origin, '/_verify', bearer(await login()))).status).toBe(404);
  });
});

describe('GET /verify', () => {
  const verify = (headers: Record<string, string>, query = ''): Promise<Answer> =>
    send(`http://127.0.0.1:${portOf(pawl)}`, `/auth/verify${query}`, headers);

  /** What Traefik 3 sends to the address of a forwardAuth, beside the headers of the client. */
  const forwarded = (method: string): Record<string, string> => ({
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-host': 'www.example.com',
    'x-forwarded-method': method,
    'x-forwarded-proto': 'https',
    'x-forwarded-uri': '/page?q=1',
  });

  test('answers Traefik with 204 and all four headers, empty or not', async () => {
    const tokens = await login();
    const answer = await verify({ ...forwarded('GET'), ...cookie(tokens), 'x-auth-subject': 'root' });
    expect([answer.status, answer.body, answer.headers['cache-control']]).toEqual([204, '', 'no-store']);
    expect(identity.map((name) => answer.headers[name])).toEqual([
      'ada',
      tokens.sessionId,
      'first-party',
      '',
    ]);
    expect((await verify({ ...forwarded('POST'), ...cookie(tokens) })).status).toBe(403);
    expect((await verify({ ...forwarded('POST'), ...bearer(tokens) })).status).toBe(204);
  });

  test('takes a call by cookie for one that changes state when the proxy does not say', async () => {
    expect((await verify(cookie(await login()))).status).toBe(403);
  });

  test('writes every subject in a form of its own', async () => {
    const subjects = ['Zoë', 'Zo%C3%AB', ' ada', 'ada ', 'a, b', '狼🐺'];
    const written = await Promise.all(
      subjects.map(async (subject) => (await verify(bearer(await login(subject)))).headers['x-auth-subject']),
    );
    expect(written).toEqual([
      'Zo%C3%AB',
      'Zo%25C3%25AB',
      '%20ada',
      'ada%20',
      'a,%20b',
      '%E7%8B%BC%F0%9F%90%BA',
    ]);
  });

  test('asks for every scope of the query', async () => {
    const tokens = await login('ada', 'a b');
    expect((await verify(bearer(tokens), '?scope=b+a')).status).toBe(204);
    expect((await verify(bearer(tokens), '?scope=a%20c')).status).toBe(403);
    expect((await verify(bearer(await login()), '?scope=a')).status).toBe(403);
  });

  test.each([
    '?scopes=a',
    '?scope=',
    '?scope=a&scope=b',
    '?scope=a&x=1',
    '?scope=a%22',
    '?a',
  ])('refuses the query %s, whoever asks', async (query) => {
    expect((await verify(bearer(await login('ada', 'a b')), query)).status).toBe(400);
    expect((await verify({}, query)).status).toBe(400);
  });

  test('refuses a bound token with a reason, by header and by cookie', async () => {
    const bound = await login('ada', '', 'x'.repeat(43));
    for (const headers of [bearer(bound), cookie(bound)]) {
      const answer = await verify({ ...forwarded('GET'), ...headers });
      expect([answer.status, answer.body]).toEqual([401, expect.stringContaining('bound to a key')]);
    }
  });
});

describe('a store that does not answer', () => {
  test('is 503 with Retry-After for Traefik and through nginx, never 401', async () => {
    const tokens = await login();
    await store.close();
    const direct = await send(`http://127.0.0.1:${portOf(pawl)}`, '/auth/verify', bearer(tokens));
    const proxied = await send(nginx.origin, '/', bearer(tokens));
    expect([direct.status, direct.headers['retry-after']]).toEqual([503, '1']);
    expect([proxied.status, proxied.headers['retry-after']]).toEqual([503, '1']);
  });

  test('and a Pawl that is gone are the same', async () => {
    pawl.closeAllConnections();
    await new Promise((resolve) => pawl.close(resolve));
    const proxied = await send(nginx.origin, '/', { authorization: 'Bearer x' });
    expect([proxied.status, proxied.headers['retry-after']]).toEqual([503, '1']);
    expect(seen).toBeNull();
  });
});
