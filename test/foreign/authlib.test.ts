import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../../packages/server/test/server-process.js';
import { anAccountId, userPassword } from '../../packages/server/test/server-with-user.js';
import { requireDebianPackage } from '../../testbed/src/program.js';
import { type LineProgram, startLineProgram } from './line-program.js';
import {
  type Client,
  confidentialClients,
  publicClient,
  resourceServer,
  startStrict,
} from './oauth-clients.js';

/** Debian's, whatever else is in the search path: its packages are for this one. */
const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('authlib-client.py', import.meta.url));

interface Asked {
  readonly client: Client;
  readonly token: string;
}

let authlib: LineProgram;

beforeAll(() => {
  for (const name of ['python3-authlib', 'python3-requests'] as const) requireDebianPackage(name);
  authlib = startLineProgram(python, ['-I', script]);
});

afterAll(() => authlib.end());

type Action = 'metadata' | 'refresh' | 'introspect' | 'revoke' | 'verify';

async function ask(
  { address: issuer }: RunningServer,
  action: Action,
  asked: Partial<Asked> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await authlib.ask(JSON.stringify({ do: action, issuer, ...asked }));
  return JSON.parse(answer) as Readonly<Record<string, unknown>>;
}

/** What a refresh that was granted says. */
async function refreshed(
  server: RunningServer,
  asked: Asked,
): Promise<{ readonly access: string; readonly refresh: string }> {
  const answer = await ask(server, 'refresh', asked);
  expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: expect.any(Number) as number });
  return { access: String(answer['access_token']), refresh: String(answer['refresh_token']) };
}

describe('Authlib', () => {
  test('reads the metadata, and finds every address and method in it', async () => {
    const server = await startStrict();
    const { document, wrong } = (await ask(server, 'metadata')) as Record<'document' | 'wrong', unknown[]>;
    expect(document).toMatchObject({ issuer: server.address, jwks_uri: `${server.address}/jwks.json` });
    // Where no endpoint authorizes, no type of response is supported: that list is empty, which Authlib takes for missing.
    expect(wrong.filter((said) => !String(said).includes('response_types_supported'))).toEqual([]);
  });

  test('rotates as a public client, and a retired token that comes back ends the session', async () => {
    const server = await startStrict();
    const { refresh_token: first } = await server.login('alice', userPassword);
    const second = await refreshed(server, { client: publicClient, token: first });
    const third = await refreshed(server, { client: publicClient, token: second.refresh });
    expect(new Set([first, second.refresh, third.refresh]).size).toBe(3);
    for (const token of [first, third.refresh]) {
      const refused = await ask(server, 'refresh', { client: publicClient, token });
      expect(refused).toEqual({ error: 'invalid_grant' });
    }
  });

  test.each(
    confidentialClients,
  )('rotates as a confidential client by $method, and by its own secret only', async (client) => {
    const server = await startStrict(client);
    const { refresh_token: first } = await server.login('alice', userPassword);
    const impostor = { ...client, secret: 'the-difference-engine-1822' };
    expect(await ask(server, 'refresh', { client: impostor, token: first })).toEqual({
      error: 'invalid_client',
    });
    expect(await ask(server, 'refresh', { client: resourceServer, token: first })).toEqual({
      error: 'invalid_grant',
    });
    const second = await refreshed(server, { client, token: first });
    expect((await refreshed(server, { client, token: second.refresh })).refresh).not.toBe(second.refresh);
  });

  test('introspects access tokens as a registered client, and sees a revocation at once', async () => {
    const server = await startStrict();
    const login = await server.login('alice', userPassword);
    const introspected = (client: Client): Promise<unknown> =>
      ask(server, 'introspect', { client, token: login.access_token });
    expect(await introspected(resourceServer)).toMatchObject({
      status: 200,
      body: {
        active: true,
        sub: anAccountId,
        iss: server.address,
        sid: login.session_id,
        token_type: 'Bearer',
      },
    });
    for (const client of [publicClient, { ...resourceServer, secret: 'the-difference-engine-1822' }]) {
      expect(await introspected(client)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    }
    const revoked = await ask(server, 'revoke', { client: publicClient, token: login.refresh_token });
    expect(revoked).toEqual({ status: 200, body: '{}' });
    expect(await introspected(resourceServer)).toEqual({ status: 200, body: { active: false } });
    const late = await ask(server, 'refresh', { client: publicClient, token: login.refresh_token });
    expect(late).toEqual({ error: 'invalid_grant' });
  });

  test('verifies access tokens by the published keys, and not those of another server', async () => {
    const [server, other] = [await startStrict(), await startStrict()];
    const { access_token: token, session_id: sid } = await server.login('alice', userPassword);
    expect(await ask(server, 'verify', { token })).toMatchObject({
      header: { alg: 'ES256', typ: 'at+jwt' },
      claims: { iss: server.address, aud: server.address, sub: anAccountId, sid, client_id: 'first-party' },
    });
    const foreign = await other.login('alice', userPassword);
    const [header = '', , signature = ''] = token.split('.');
    const forged = `${header}.${foreign.access_token.split('.')[1] ?? ''}.${signature}`;
    expect(await ask(server, 'verify', { token: forged })).toEqual({ error: 'bad_signature' });
    expect(Object.keys(await ask(server, 'verify', { token: foreign.access_token }))).toEqual(['error']);
  });
});
