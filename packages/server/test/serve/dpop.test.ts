import { generateKeyPair, generateProof } from 'dpop';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../server-process.js';
import { startWithUser, userPassword } from '../server-with-user.js';

test('the server binds a session, asks for nonces, answers pages of other origins, and logs a missing key', async () => {
  const app = 'https://app.example';
  const server = await startWithUser(temporaryFolder(), {
    PAWL_REQUIRE_DPOP_NONCE: 'true',
    PAWL_ALLOWED_ORIGINS: app,
  });
  const keys = await generateKeyPair('ES256');
  let nonce: string | undefined;
  const post = async (path: string, body: object, isProven = true): Promise<Response> => {
    const url = server.address + path;
    const proof = isProven ? { dpop: await generateProof(keys, url, 'POST', nonce) } : {};
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: app, ...proof },
      body: JSON.stringify(body),
    });
    nonce = response.headers.get('dpop-nonce') ?? nonce;
    expect(response.headers.get('access-control-allow-origin')).toBe(app);
    return response;
  };
  const credentials = { username: 'alice', password: userPassword };
  expect(await (await post('/login', credentials)).json()).toMatchObject({ error: 'use_dpop_nonce' });
  const login = (await (await post('/login', credentials)).json()) as Record<string, string>;
  expect(login['token_type']).toBe('DPoP');
  const body = { refresh_token: login['refresh_token'] };
  const stolen = await post('/refresh', body, false);
  expect(await stolen.json()).toMatchObject({ error: 'invalid_grant' });
  expect((await post('/refresh', body)).status).toBe(200);
  expect(await server.stop()).toBe(0);
});
