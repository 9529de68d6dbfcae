import * as oauth from 'oauth4webapi';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clientSecret, type Harness, startHarness } from './harness.js';

// oauth4webapi is a client that others wrote: it checks discovery, bodies and headers against the RFCs.
const issuer = 'https://auth.example';
interface CarriedRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: URLSearchParams | string | null | undefined;
}

// The client insists on https; its requests are carried to the server on loopback.
const carried = {
  [oauth.customFetch]: (url: string, { method, headers, body }: CarriedRequest): Promise<Response> =>
    harness.send(new URL(url).pathname, { method, headers, ...(body ? { body } : {}) }),
};
const publicClient: oauth.Client = { client_id: 'first-party' };
const resourceServer: oauth.Client = { client_id: 'api' };

let harness: Harness;
let server: oauth.AuthorizationServer;

beforeEach(async () => {
  harness = await startHarness('node', { issuer });
  server = await discover('oauth2');
});

afterEach(() => harness.close());

async function discover(algorithm: 'oauth2' | 'oidc'): Promise<oauth.AuthorizationServer> {
  const response = await oauth.discoveryRequest(new URL(issuer), { algorithm, ...carried });
  return oauth.processDiscoveryResponse(new URL(issuer), response);
}

async function refreshAs(client: oauth.Client, token: string): Promise<oauth.TokenEndpointResponse> {
  const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), token, carried);
  return oauth.processRefreshTokenResponse(server, client, response);
}

test('both discovery documents are accepted and name the same endpoints', async () => {
  const openid = await discover('oidc');
  expect(openid).toMatchObject({ ...server });
});

test('a public client refreshes at the token endpoint, and is told of a dead token in OAuth terms', async () => {
  const login = await harness.login();
  const refreshed = await refreshAs(publicClient, login.refresh_token);
  expect(refreshed.refresh_token).not.toBe(login.refresh_token);
  expect(refreshed.token_type).toBe('bearer');
  await harness.post('/logout', { refresh_token: login.refresh_token });
  await expect(refreshAs(publicClient, login.refresh_token)).rejects.toMatchObject({
    error: 'invalid_grant',
    status: 400,
  });
});

test('the token of another client is refused, and its session untouched', async () => {
  const login = await harness.login();
  await expect(refreshAs({ client_id: 'another' }, login.refresh_token)).rejects.toMatchObject({
    error: 'invalid_grant',
  });
  expect((await refreshAs(publicClient, login.refresh_token)).refresh_token).toBeTypeOf('string');
});

test('an access token passes the RFC 9068 checks of a resource server that reads the JWKS', async () => {
  const login = await harness.login();
  const request = new Request('https://api.example/', {
    headers: { authorization: `Bearer ${login.access_token}` },
  });
  // The authority's clock is a fake one; the client is told how far it is ahead.
  const aheadSeconds = Math.floor(harness.clock.now() - Date.now() / 1000);
  const claims = await oauth.validateJwtAccessToken(server, request, issuer, {
    ...carried,
    [oauth.clockTolerance]: 5,
    [oauth.clockSkew]: aheadSeconds,
  });
  expect(claims).toMatchObject({ sub: 'ada', client_id: 'first-party', sid: login.session_id });
});

test('userinfo, revocation and introspection answer in the form that a client expects', async () => {
  const login = await harness.login();
  const userinfo = await oauth.userInfoRequest(server, publicClient, login.access_token, carried);
  expect(
    await oauth.processUserInfoResponse(server, publicClient, oauth.skipSubjectCheck, userinfo),
  ).toMatchObject({ sub: 'ada' });

  const secret = oauth.ClientSecretBasic(clientSecret);
  const introspect = async (token: string): Promise<oauth.IntrospectionResponse> => {
    const response = await oauth.introspectionRequest(server, resourceServer, secret, token, carried);
    return oauth.processIntrospectionResponse(server, resourceServer, response);
  };
  expect(await introspect(login.access_token)).toMatchObject({
    active: true,
    sub: 'ada',
    sid: login.session_id,
  });
  // It is not its own: shown to a resource server, it would pass for an access token.
  expect(await introspect(login.refresh_token)).toEqual({ active: false });

  const revocation = await oauth.revocationRequest(
    server,
    publicClient,
    oauth.None(),
    login.refresh_token,
    carried,
  );
  await oauth.processRevocationResponse(revocation);
  expect(await introspect(login.access_token)).toEqual({ active: false });
  expect(await introspect(login.refresh_token)).toEqual({ active: false });
});

test('revoking by the access token ends its session too, and an unknown token is no error', async () => {
  const login = await harness.login();
  for (const token of [login.access_token, login.access_token, 'nonsense']) {
    const response = await oauth.revocationRequest(server, publicClient, oauth.None(), token, carried);
    await oauth.processRevocationResponse(response);
  }
  await expect(refreshAs(publicClient, login.refresh_token)).rejects.toMatchObject({
    error: 'invalid_grant',
  });
});
