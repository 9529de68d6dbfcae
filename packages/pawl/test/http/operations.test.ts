import { afterEach, describe, expect, test } from 'vitest';
import { PawlError } from '../../src/errors.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import type { Store } from '../../src/stores/index.js';
import { carriers, type Harness, startHarness } from './harness.js';

let harness: Harness;

afterEach(() => harness.close());

/** A store whose session steps fail while `down` is set. */
function fallibleStore(): { readonly store: Store; down: boolean } {
  const memory = createMemoryStore();
  const state = { store: memory, down: false };
  const sessions = new Proxy(memory.sessions, {
    get(target, name: keyof Store['sessions']) {
      if (state.down) return () => Promise.reject(new PawlError('store_unavailable', 'the store is down'));
      return target[name].bind(target);
    },
  });
  const check = (): Promise<void> =>
    state.down ? Promise.reject(new PawlError('store_unavailable', 'the store is down')) : memory.check();
  state.store = { ...memory, sessions, check };
  return state;
}

describe.each(carriers)('operations over %s', (carrier) => {
  test('a store that is down is 503 with Retry-After everywhere, and afterwards nobody is logged out', async () => {
    const fallible = fallibleStore();
    const errors: unknown[] = [];
    harness = await startHarness(
      carrier,
      { store: fallible.store },
      { onError: (error) => errors.push(error) },
    );
    const login = await harness.login();
    const bearer = { authorization: `Bearer ${login.access_token}` };
    fallible.down = true;
    const answers = await Promise.all([
      harness.post('/login', { username: 'ada', password: 'correct' }),
      harness.post('/refresh', { refresh_token: login.refresh_token }),
      harness.post('/logout', { refresh_token: login.refresh_token }),
      harness.send('/userinfo', { headers: bearer }),
      harness.send('/sessions', { headers: bearer }),
      harness.send('/sessions', { method: 'DELETE', headers: bearer }),
      harness.form('/token', { grant_type: 'refresh_token', refresh_token: login.refresh_token }),
      harness.form('/revoke', { token: login.refresh_token }),
      harness.send('/readyz'),
    ]);
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect(errors).toHaveLength(answers.length);
    expect((await harness.send('/healthz')).status).toBe(200);
    fallible.down = false;
    expect((await harness.send('/readyz')).status).toBe(200);
    const refreshed = await harness.post('/refresh', { refresh_token: login.refresh_token });
    expect(refreshed.headers.get('pawl-refresh')).toBe('rotated');
  });

  test('an error that nobody foresaw is 500 without its text', async () => {
    const errors: unknown[] = [];
    const boom = new Error('canary-77');
    harness = await startHarness(
      carrier,
      {},
      { authenticate: () => Promise.reject(boom), onError: (error) => errors.push(error) },
    );
    const response = await harness.post('/login', { username: 'ada', password: 'correct' });
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('canary')]);
    expect(errors).toEqual([boom]);
  });

  test('metrics count refreshes by outcome, and no label comes from a caller', async () => {
    harness = await startHarness(carrier);
    const login = await harness.login();
    await harness.post('/refresh', { refresh_token: login.refresh_token });
    await harness.post('/refresh', { refresh_token: login.refresh_token });
    await harness.post('/refresh', { refresh_token: 'nonsense' });
    await harness.send('/some"\npath');
    await harness.send(`/sessions/${login.session_id}`, { method: 'PROPFIND' });
    const response = await harness.send('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    expect(text).toContain('pawl_refreshes_total{outcome="rotated"} 1\n');
    expect(text).toContain('pawl_refreshes_total{outcome="replayed"} 1\n');
    expect(text).toContain('pawl_refreshes_total{outcome="malformed"} 1\n');
    expect(text).toContain(
      'pawl_http_requests_total{route="/sessions/{id}",method="other",status="405"} 1\n',
    );
    expect(text).toContain('pawl_http_requests_total{route="none",method="any",status="404"} 1\n');
    expect(text).not.toContain(login.session_id);
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) |[a-z_]+(\{.*\})? [\d.e-]+$)/);
  });

  test('health and metrics can be served by themselves, at the root, with the counters of the handler', async () => {
    harness = await startHarness(
      carrier,
      { issuer: 'https://example.test/auth' },
      { without: ['operations'], allowedOrigins: ['https://app.example'] },
    );
    await harness.post('/auth/refresh', { refresh_token: 'nonsense' });
    expect((await harness.send('/auth/metrics')).status).toBe(404);
    const { operations } = harness.handler;
    const get = (path: string, init?: RequestInit): Promise<Response> =>
      operations.fetch(new Request(`http://10.0.0.1:9090${path}`, init));
    expect(await (await get('/metrics')).text()).toContain('pawl_refreshes_total{outcome="malformed"} 1\n');
    const statuses = ['/healthz', '/readyz', '/auth/healthz', '/login', '/jwks.json', '/'].map(
      async (path) => (await get(path)).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 200, 404, 404, 404, 404]);
    const answer = await get('/healthz', { headers: { origin: 'https://app.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('HEAD is answered like GET without the body', async () => {
    harness = await startHarness(carrier);
    const [head, get] = [
      await harness.send('/jwks.json', { method: 'HEAD' }),
      await harness.send('/jwks.json'),
    ];
    expect([head.status, head.headers.get('content-type')]).toEqual([200, get.headers.get('content-type')]);
    expect(await head.text()).toBe('');
  });

  test('caches may keep the JWKS for less time than a key is announced', async () => {
    harness = await startHarness(carrier);
    const response = await harness.send('/jwks.json');
    const maxAge = Number(/max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1]);
    const announced = await harness.authority.keys.rotate('access');
    expect(announced.activatesAt - harness.clock.now()).toBeGreaterThan(maxAge);
    const { keys } = (await (await harness.send('/jwks.json')).json()) as { keys: { kid: string }[] };
    expect(keys.map((key) => key.kid)).toContain(announced.id);
  });

  test('an issuer with a path is served below it, and found where RFC 8414 puts its metadata', async () => {
    const issuer = 'https://example.test/auth';
    harness = await startHarness(carrier, { issuer });
    const statuses = await Promise.all(
      [
        '/auth/jwks.json',
        '/jwks.json',
        '/authx/jwks.json',
        '/auth',
        '/.well-known/oauth-authorization-server/auth',
      ].map(async (path) => (await harness.send(path)).status),
    );
    expect(statuses).toEqual([200, 404, 404, 404, 200]);
    const metadata = (await (await harness.send('/auth/.well-known/openid-configuration')).json()) as Record<
      string,
      unknown
    >;
    expect(metadata).toMatchObject({
      issuer,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks.json`,
    });
  });
});
