import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PawlError } from '../../src/errors.js';
import type { PawlEvent } from '../../src/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { interceptStore } from '../authority/intercepted-store.js';
import { createProofKey, makeProof, type ProofKey, type ProofParts } from '../proof/proof-maker.js';
import {
  carriers,
  clientSecret,
  cookieHeader,
  type Harness,
  type LoginBody,
  startHarness,
} from './harness.js';

const key = createProofKey();
const otherKey = createProofKey();
const credentials = { username: 'ada', password: 'correct' };

/** The header of a proof for a call to the harness. */
async function proofFor(
  harness: Harness,
  path: string,
  parts: Partial<ProofParts> & { readonly signer?: ProofKey } = {},
): Promise<{ dpop: string }> {
  const { signer = key, ...rest } = parts;
  const made = { method: 'POST', url: harness.origin + path, at: harness.clock.now(), ...rest };
  return { dpop: await makeProof(signer, made) };
}

async function logInBound(harness: Harness): Promise<LoginBody> {
  const response = await harness.post('/login', credentials, await proofFor(harness, '/login'));
  expect(response.status).toBe(200);
  return (await response.json()) as LoginBody;
}

async function refreshWith(
  harness: Harness,
  refreshToken: string,
  headers: Record<string, string>,
): Promise<{ status: number; error: string | null; body: LoginBody }> {
  const response = await harness.post('/refresh', { refresh_token: refreshToken }, headers);
  const body = (await response.json()) as LoginBody & { error?: string };
  return { status: response.status, error: body.error ?? null, body };
}

describe.each(carriers)('DPoP over %s', (carrier) => {
  let harness: Harness;
  let events: PawlEvent[];

  beforeEach(async () => {
    harness = await startHarness(carrier);
    events = [];
    harness.authority.subscribe((event) => events.push(event));
  });

  afterEach(() => harness.close());

  test('a login with a proof binds the session and its access tokens to the key', async () => {
    const login = await logInBound(harness);
    expect(login.token_type).toBe('DPoP');
    const verified = await harness.authority.verify(login.access_token);
    expect(verified).toMatchObject({ valid: true, claims: { cnf: { jkt: key.thumbprint } } });
    expect(await harness.authority.listSessions('ada')).toMatchObject([{ binding: 'dpop' }]);
    const refreshed = await refreshWith(harness, login.refresh_token, await proofFor(harness, '/refresh'));
    expect([refreshed.status, refreshed.body.token_type]).toEqual([200, 'DPoP']);
    expect((await harness.login()).token_type).toBe('Bearer');
  });

  test('a stolen refresh token is refused without the key, at any age, and the owner stays in', async () => {
    const login = await logInBound(harness);
    for (const headers of [{}, await proofFor(harness, '/refresh', { signer: otherKey })]) {
      expect(await refreshWith(harness, login.refresh_token, headers)).toMatchObject({
        status: 400,
        error: 'invalid_grant',
      });
    }
    expect(events.filter(({ type }) => type === 'session.wrong-key')).toHaveLength(2);
    const owner = await refreshWith(harness, login.refresh_token, await proofFor(harness, '/refresh'));
    expect(owner.status).toBe(200);
    harness.clock.advance(8 * 3600);
    const atNight = await refreshWith(harness, owner.body.refresh_token, {});
    expect(atNight.error).toBe('invalid_grant');
    const late = await refreshWith(harness, login.refresh_token, await proofFor(harness, '/refresh'));
    expect(late.status).toBe(200);
  });

  test('a proof that was shown is refused, and its session goes on with the next proof', async () => {
    const login = await logInBound(harness);
    const headers = await proofFor(harness, '/refresh');
    expect((await refreshWith(harness, login.refresh_token, headers)).status).toBe(200);
    const again = await refreshWith(harness, login.refresh_token, headers);
    expect(again).toMatchObject({ status: 400, error: 'invalid_dpop_proof' });
    expect(events).toContainEqual(expect.objectContaining({ type: 'proof.refused', reason: 'replayed' }));
    const retried = await refreshWith(harness, login.refresh_token, await proofFor(harness, '/refresh'));
    expect(retried.status).toBe(200);
  });

  test('a proof for another place, of another time or of nobody is refused before the token is looked at', async () => {
    const login = await logInBound(harness);
    const wrong: Partial<ProofParts>[] = [
      { url: `${harness.origin}/token` },
      { url: 'https://elsewhere.example/refresh' },
      { method: 'GET' },
      { at: harness.clock.now() + 60 },
      { at: harness.clock.now() - 60 },
      { header: { jwk: otherKey.publicJwk } },
    ];
    for (const parts of wrong) {
      const headers = await proofFor(harness, '/refresh', parts);
      expect((await refreshWith(harness, login.refresh_token, headers)).error).toBe('invalid_dpop_proof');
    }
    const early = await proofFor(harness, '/refresh', { at: harness.clock.now() + 10 });
    expect((await refreshWith(harness, login.refresh_token, early)).status).toBe(200);
    expect(events.filter(({ type }) => type === 'session.wrong-key')).toEqual([]);
  });

  test('two proofs in one request are refused', async () => {
    const { dpop: first } = await proofFor(harness, '/login');
    const { dpop: second } = await proofFor(harness, '/login');
    const headers = new Headers([
      ['content-type', 'application/json'],
      ['dpop', first],
      ['dpop', second],
    ]);
    const body = JSON.stringify(credentials);
    const response = await harness.send('/login', { method: 'POST', headers, body });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ error: 'invalid_dpop_proof' }),
    ]);
  });

  test('own resources take a bound token with its proof only', async () => {
    const login = await logInBound(harness);
    const token = login.access_token;
    const other = (await logInBound(harness)).access_token;
    const ask = async (authorization: string, headers: object): Promise<Response> =>
      harness.send('/userinfo', { headers: { authorization, ...headers } });
    const proof = (parts: Parameters<typeof proofFor>[2] = {}): Promise<{ dpop: string }> =>
      proofFor(harness, '/userinfo', { method: 'GET', accessToken: token, ...parts });

    const good = await proof();
    expect((await ask(`DPoP ${token}`, good)).status).toBe(200);
    const unproven: [string, object][] = [
      [`DPoP ${token}`, {}],
      [`DPoP ${token}`, good],
      [`DPoP ${token}`, await proof({ accessToken: other })],
      [`DPoP ${token}`, await proof({ url: `${harness.origin}/sessions` })],
    ];
    for (const [authorization, headers] of unproven) {
      const refused = await ask(authorization, headers);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toMatch(
        /^DPoP realm="pawl", algs="ES256 .*", error="invalid_dpop_proof"$/,
      );
    }
    const otherSigner = await ask(`DPoP ${token}`, await proof({ signer: otherKey }));
    expect(otherSigner.headers.get('www-authenticate')).toContain('error="invalid_dpop_proof"');
    const asBearer = await ask(`Bearer ${token}`, await proof());
    expect(asBearer.status).toBe(401);
    expect(asBearer.headers.get('www-authenticate')).toContain('DPoP realm="pawl", algs=');
    const inCookie = await harness.send('/userinfo', {
      headers: { cookie: `${harness.names.access}=${token}` },
    });
    expect(inCookie.status).toBe(401);
  });

  test('a bearer token sent with the scheme DPoP is refused, whoever proves what', async () => {
    const { access_token: token } = await harness.login();
    const headers = await proofFor(harness, '/userinfo', { method: 'GET', accessToken: token });
    const response = await harness.send('/userinfo', {
      headers: { authorization: `DPoP ${token}`, ...headers },
    });
    expect(response.status).toBe(401);
  });

  test('by cookie the refresh needs the key; the access cookie needs none, and names none', async () => {
    const sameOrigin = { origin: harness.origin };
    const login = await harness.post(
      '/login',
      { ...credentials, transport: 'cookie' },
      { ...sameOrigin, ...(await proofFor(harness, '/login')) },
    );
    expect(await login.json()).toMatchObject({ token_type: 'DPoP' });
    const cookie = cookieHeader(login);
    const refresh = async (headers: object): Promise<Response> =>
      harness.send('/refresh', { method: 'POST', headers: { cookie, ...sameOrigin, ...headers } });
    const userinfo = await harness.send('/userinfo', { headers: { cookie } });
    expect(userinfo.status).toBe(200);

    const stolen = await refresh({});
    expect([stolen.status, stolen.headers.getSetCookie()]).toEqual([400, []]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'session.wrong-key', ended: 'nothing' }));
    harness.clock.advance(301);
    expect((await harness.send('/userinfo', { headers: { cookie } })).status).toBe(401);
    const owner = await refresh(await proofFor(harness, '/refresh'));
    expect(owner.status).toBe(200);
    const renewed = await harness.send('/userinfo', { headers: { cookie: cookieHeader(owner) } });
    expect(renewed.status).toBe(200);
    const inBody = /__Host-pawl-refresh-\w+=([^;]+)/.exec(cookieHeader(owner))?.[1] ?? '';
    const moved = await refreshWith(harness, inBody, await proofFor(harness, '/refresh'));
    expect(moved.error).toBe('invalid_grant');
  });

  test('a bearer session that is refreshed with a proof stays one: the answer is Bearer, and no first proof binds', async () => {
    const login = await harness.login();
    const refreshed = await refreshWith(harness, login.refresh_token, await proofFor(harness, '/refresh'));
    expect(refreshed.body.token_type).toBe('Bearer');
    const bearer = { authorization: `Bearer ${refreshed.body.access_token}` };
    expect((await harness.send('/userinfo', { headers: bearer })).status).toBe(200);
    expect((await refreshWith(harness, refreshed.body.refresh_token, {})).body.token_type).toBe('Bearer');
  });

  test('introspection tells of the key', async () => {
    const { access_token: token } = await logInBound(harness);
    const authorization = `Basic ${Buffer.from(`api:${clientSecret}`).toString('base64')}`;
    const response = await harness.form('/introspect', { token }, { authorization });
    expect(await response.json()).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt: key.thumbprint },
    });
  });

  test('discovery names the algorithms, and no nonce is spoken of', async () => {
    const metadata = await harness.send('/.well-known/oauth-authorization-server');
    expect(await metadata.json()).toMatchObject({
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'],
    });
    const response = await harness.post('/login', credentials, await proofFor(harness, '/login'));
    expect(response.headers.get('dpop-nonce')).toBeNull();
  });
});

describe('clients with a secret', () => {
  const authorization = `Basic ${Buffer.from(`api:${clientSecret}`).toString('base64')}`;

  async function refreshAtToken(
    harness: Harness,
    refreshToken: string,
    headers: Record<string, string>,
  ): Promise<LoginBody & { error?: string }> {
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken };
    return (await (await harness.form('/token', fields, headers)).json()) as LoginBody & { error?: string };
  }

  async function logInClient(harness: Harness): Promise<string> {
    const login = await harness.authority.login({
      subject: 'ada',
      clientId: 'api',
      boundKey: key.thumbprint,
    });
    if (!login.granted) throw new Error('login refused');
    return login.tokens.refreshToken;
  }

  test('may change keys: the new access token belongs to the new one, and works', async () => {
    const harness = await startHarness('fetch');
    const refreshToken = await logInClient(harness);
    const proof = await proofFor(harness, '/token', { signer: otherKey });
    const tokens = await refreshAtToken(harness, refreshToken, { authorization, ...proof });
    expect(tokens.token_type).toBe('DPoP');
    const verified = await harness.authority.verify(tokens.access_token);
    expect(verified).toMatchObject({ valid: true, claims: { cnf: { jkt: otherKey.thumbprint } } });
    expect(await refreshAtToken(harness, tokens.refresh_token, { authorization })).toMatchObject({
      error: 'invalid_grant',
    });
    const back = await refreshAtToken(harness, tokens.refresh_token, {
      authorization,
      ...(await proofFor(harness, '/token')),
    });
    expect(back.token_type).toBe('DPoP');
    await harness.close();
  });

  test('may not where that is switched off', async () => {
    const harness = await startHarness('fetch', { clientKeyChange: 'never' });
    const refreshToken = await logInClient(harness);
    const proof = await proofFor(harness, '/token', { signer: otherKey });
    expect(await refreshAtToken(harness, refreshToken, { authorization, ...proof })).toMatchObject({
      error: 'invalid_grant',
    });
    const own = await proofFor(harness, '/token');
    expect((await refreshAtToken(harness, refreshToken, { authorization, ...own })).token_type).toBe('DPoP');
    await harness.close();
  });

  test('that only name themselves may not', async () => {
    const harness = await startHarness('fetch', {}, { clients: [] });
    const refreshToken = await logInClient(harness);
    const proof = await proofFor(harness, '/token', { signer: otherKey });
    const response = await harness.form(
      '/token',
      { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'api' },
      proof,
    );
    expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
    await harness.close();
  });
});

describe('nonces', () => {
  let harness: Harness;

  beforeEach(async () => {
    harness = await startHarness('fetch', { requireDpopNonce: true });
  });

  afterEach(() => harness.close());

  async function attempt(nonce: string | undefined): Promise<{ response: Response; error: string | null }> {
    const headers = await proofFor(harness, '/login', nonce === undefined ? {} : { nonce });
    const response = await harness.post('/login', credentials, headers);
    return { response, error: ((await response.clone().json()) as { error?: string }).error ?? null };
  }

  test('are asked for with 400 and use_dpop_nonce, and the one that came with it is taken', async () => {
    const asked = await attempt(undefined);
    expect([asked.response.status, asked.error]).toEqual([400, 'use_dpop_nonce']);
    const nonce = asked.response.headers.get('dpop-nonce') ?? '';
    expect(nonce).toMatch(/^pdn_[\w-]{52}$/);
    const taken = await attempt(nonce);
    expect(taken.response.status).toBe(200);
    expect(taken.response.headers.get('dpop-nonce')).toBe(nonce);
  });

  test('go on for the period and the one after it, with a fresh one handed on', async () => {
    const first = (await attempt(undefined)).response.headers.get('dpop-nonce') ?? '';
    harness.clock.advance(300);
    const second = await attempt(first);
    expect(second.response.status).toBe(200);
    expect(second.response.headers.get('dpop-nonce')).not.toBe(first);
    harness.clock.advance(300);
    expect((await attempt(first)).error).toBe('use_dpop_nonce');
    expect((await attempt(second.response.headers.get('dpop-nonce') ?? '')).response.status).toBe(200);
  });

  test('that are made up or changed are refused', async () => {
    const good = (await attempt(undefined)).response.headers.get('dpop-nonce') ?? '';
    const flipped = good.startsWith('A') ? `B${good.slice(1)}` : `A${good.slice(1)}`;
    for (const nonce of ['x', flipped, `${good}A`, good.slice(0, -1), 'A'.repeat(30)]) {
      expect((await attempt(nonce)).error, nonce).toBe('use_dpop_nonce');
    }
  });

  test('outlive a rotation of the secret that they are made with', async () => {
    const nonce = (await attempt(undefined)).response.headers.get('dpop-nonce') ?? '';
    await harness.authority.keys.rotate('refresh');
    expect((await attempt(nonce)).response.status).toBe(200);
  });

  test('are asked of nobody who sends no proof', async () => {
    expect((await harness.post('/login', credentials)).status).toBe(200);
  });
});

test('a store that is down is 503 for a good proof, and the session goes on', async () => {
  let isDown = false;
  const store = interceptStore(createMemoryStore(), (method, perform) =>
    isDown && method === 'replays.remember'
      ? Promise.reject(new PawlError('store_unavailable', 'the store is down'))
      : perform(),
  );
  const harness = await startHarness('fetch', { store });
  const login = await logInBound(harness);
  isDown = true;
  const refused = await refreshWith(harness, login.refresh_token, await proofFor(harness, '/refresh'));
  expect(refused.status).toBe(503);
  isDown = false;
  const retried = await refreshWith(harness, login.refresh_token, await proofFor(harness, '/refresh'));
  expect(retried.status).toBe(200);
  await harness.close();
});

test('of 16 nodes on one store, one takes a proof', async () => {
  const store = createMemoryStore();
  const nodes = await Promise.all(
    Array.from({ length: 16 }, () => startHarness('fetch', { store, issuer: 'https://auth.example' })),
  );
  const [first] = nodes as [Harness];
  const { dpop } = await proofFor(first, '', { url: 'https://auth.example/login' });
  const answers = await Promise.all(nodes.map((node) => node.post('/login', credentials, { dpop })));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 400)).toHaveLength(15);
  for (const node of nodes) await node.close();
});
