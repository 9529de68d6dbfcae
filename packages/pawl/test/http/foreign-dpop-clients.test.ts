import * as dpop from 'dpop';
import * as oauth from 'oauth4webapi';
import { InMemoryWebStorage, User, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import * as openid from 'openid-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { type Harness, type LoginBody, startHarness } from './harness.js';

// Clients that others wrote. They make their own proofs, by the clock of the machine.
const issuer = 'https://auth.example';
const clientId = 'first-party';
let harness: Harness;

/** The clients insist on https; their requests are carried to the server on loopback. */
function carry(url: string, init: { method: string; headers: object; body?: unknown }): Promise<Response> {
  const { method, headers, body } = init;
  return harness.send(new URL(url).pathname, {
    method,
    headers: new Headers(headers as Record<string, string>),
    ...(body ? { body: body as string } : {}),
  });
}

/** A session that belongs to the key, begun with a proof by the package `dpop`; asks again with the nonce when told to. */
async function logIn(keys: dpop.CryptoKeyPair): Promise<LoginBody> {
  const attempt = async (nonce?: string): Promise<Response> => {
    const proof = await dpop.generateProof(keys, `${issuer}/login`, 'POST', nonce);
    return harness.post('/login', { username: 'ada', password: 'correct' }, { dpop: proof });
  };
  const first = await attempt();
  const response = first.status === 400 ? await attempt(first.headers.get('dpop-nonce') ?? '') : first;
  const body = (await response.json()) as LoginBody;
  expect(body.token_type).toBe('DPoP');
  return body;
}

describe.each([false, true])('with nonces required: %s', (requireDpopNonce) => {
  beforeEach(async () => {
    harness = await startHarness('node', { issuer, clock: systemClock, requireDpopNonce });
  });

  afterEach(() => harness.close());

  test.each([
    'ES256',
    'Ed25519',
    'RS256',
    'PS256',
  ] as const)('dpop makes a proof with %s', async (algorithm) => {
    const keys = await dpop.generateKeyPair(algorithm);
    const login = await logIn(keys);
    const proof = await dpop.generateProof(keys, `${issuer}/userinfo`, 'GET', undefined, login.access_token);
    const response = await harness.send('/userinfo', {
      headers: { authorization: `DPoP ${login.access_token}`, dpop: proof },
    });
    expect(await response.json()).toMatchObject({ sub: 'ada' });
    const verified = await harness.authority.verify(login.access_token);
    expect(verified).toMatchObject({
      claims: { cnf: { jkt: await dpop.calculateThumbprint(keys.publicKey) } },
    });
  });

  test('oauth4webapi refreshes five times in a row and calls a resource', async () => {
    const keys = await oauth.generateKeyPair('ES256');
    let tokens: { refresh_token?: string; access_token: string } = await logIn(keys);
    const carried = { [oauth.customFetch]: carry as never };
    const discovery = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...carried });
    const server = await oauth.processDiscoveryResponse(new URL(issuer), discovery);
    expect(server.dpop_signing_alg_values_supported).toContain('ES256');
    const client: oauth.Client = { client_id: clientId };
    const handle = oauth.DPoP(client, keys);
    const refresh = async (token: string): Promise<oauth.TokenEndpointResponse> => {
      const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), token, {
        ...carried,
        DPoP: handle,
      });
      return oauth.processRefreshTokenResponse(server, client, response);
    };
    for (let round = 0; round < 5; round += 1) {
      const { refresh_token: token = '' } = tokens;
      const refreshed = await refresh(token).catch((error: unknown) => {
        expect([round, oauth.isDPoPNonceError(error)]).toEqual([0, true]);
        return refresh(token);
      });
      expect(refreshed.token_type).toBe('dpop');
      tokens = refreshed;
    }
    const userinfo = await oauth.protectedResourceRequest(
      tokens.access_token,
      'GET',
      new URL(`${issuer}/userinfo`),
      undefined,
      null,
      { ...carried, DPoP: handle },
    );
    expect(await userinfo.json()).toMatchObject({ sub: 'ada' });
  });

  test('openid-client refreshes, with the nonce by itself, and calls a resource', async () => {
    const keys = await openid.randomDPoPKeyPair('ES256');
    const login = await logIn(keys);
    const config = await openid.discovery(new URL(issuer), clientId, undefined, openid.None(), {
      [openid.customFetch]: carry,
      algorithm: 'oauth2',
    });
    const DPoP = openid.getDPoPHandle(config, keys);
    const refreshed = await openid.refreshTokenGrant(config, login.refresh_token, undefined, { DPoP });
    expect(refreshed.token_type).toBe('dpop');
    const url = new URL(`${issuer}/userinfo`);
    const userinfo = await openid.fetchProtectedResource(
      config,
      refreshed.access_token,
      url,
      'GET',
      null,
      undefined,
      { DPoP },
    );
    expect(await userinfo.json()).toMatchObject({ sub: 'ada' });
  });

  test('a client of another key is told invalid_grant, and the owner goes on', async () => {
    const keys = await openid.randomDPoPKeyPair('ES256');
    const login = await logIn(keys);
    const config = await openid.discovery(new URL(issuer), clientId, undefined, openid.None(), {
      [openid.customFetch]: carry,
      algorithm: 'oauth2',
    });
    const thief = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'));
    await expect(
      openid.refreshTokenGrant(config, login.refresh_token, undefined, { DPoP: thief }),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(openid.refreshTokenGrant(config, login.refresh_token)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const owner = openid.getDPoPHandle(config, keys);
    const refreshed = await openid.refreshTokenGrant(config, login.refresh_token, undefined, { DPoP: owner });
    expect(refreshed.token_type).toBe('dpop');
  });
});

test('two tabs of oidc-client-ts that renew at once both succeed, ten times in a row', async () => {
  const own = await startHarness('node', { clock: systemClock });
  const login = await own.login();
  const storage = new InMemoryWebStorage();
  const openTab = (): UserManager =>
    new UserManager({
      authority: own.origin,
      metadata: { issuer: own.origin, token_endpoint: `${own.origin}/token` },
      client_id: clientId,
      redirect_uri: `${own.origin}/callback`,
      automaticSilentRenew: false,
      userStore: new WebStorageStateStore({ store: storage }),
    });
  const tabs = [openTab(), openTab()] as const;
  const { access_token: accessToken, refresh_token: refreshToken } = login;
  const profile = { sub: 'ada', iss: own.origin, aud: clientId, exp: 0, iat: 0 };
  const tokens = { access_token: accessToken, refresh_token: refreshToken, token_type: 'Bearer' };
  await tabs[0].storeUser(new User({ ...tokens, profile }));
  for (let round = 0; round < 10; round += 1) {
    const users = await Promise.all(tabs.map((tab) => tab.signinSilent()));
    expect(users.map((user) => user?.refresh_token)).toEqual([
      users[0]?.refresh_token,
      users[0]?.refresh_token,
    ]);
  }
  expect(await own.authority.listSessions('ada')).toHaveLength(1);
  await own.close();
});
