/** Starts the API in each framework, with the authority inside and as a resource server, and calls it. Fails with an error. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuthority, parseMasterKey } from 'pawl';
import { createHandler, type Handler } from 'pawl/http';
import { createMemoryStore } from 'pawl/stores/memory';
import { createVerifier } from 'pawl/verifier';
import { frameworks, type Listener } from './frameworks.js';

async function listen(): Promise<{ readonly server: Server; readonly origin: string }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
}

function serve(server: Server, listener: Listener): void {
  server.on('request', (request, response) => void listener(request, response));
}

async function createAuth(
  issuer: string,
): Promise<{ readonly auth: Handler; readonly close: () => Promise<void> }> {
  const authority = await createAuthority({
    issuer,
    store: createMemoryStore(),
    masterKey: parseMasterKey(randomBytes(32).toString('hex')),
  });
  const auth = createHandler({
    authority,
    // Your own user table goes here.
    authenticate: ({ username, password }) =>
      Promise.resolve(
        username === 'ada' && password.reveal() === 'engine-1843'
          ? { ok: true, subject: 'ada', amr: ['pwd'], scope: 'orders:write' }
          : { ok: false, reason: 'wrong' },
      ),
  });
  return { auth, close: () => authority.close() };
}

async function play(api: string, issuer: string): Promise<void> {
  const post = (address: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  assert.equal((await fetch(`${api}/api/me`)).status, 401);
  const login = await post(`${issuer}/login`, { username: 'ada', password: 'engine-1843' });
  const { access_token: token } = (await login.json()) as { readonly access_token: string };
  const authorization = { authorization: `Bearer ${token}` };
  const me = await fetch(`${api}/api/me`, { headers: authorization });
  assert.deepEqual(await me.json(), { subject: 'ada', scopes: ['orders:write'] });
  const order = await post(`${api}/api/orders`, { item: 'gear' }, authorization);
  assert.deepEqual([order.status, await order.json()], [201, { item: 'gear', orderedBy: 'ada' }]);
}

for (const [name, create] of Object.entries(frameworks)) {
  const embedded = await listen();
  const resource = await listen();
  const issuer = `${embedded.origin}/auth`;
  const { auth, close } = await createAuth(issuer);
  serve(embedded.server, await create(auth, auth));
  serve(resource.server, await create(createVerifier({ issuer, audience: issuer })));
  try {
    await play(embedded.origin, issuer);
    await play(resource.origin, issuer);
    console.log(`frameworks example: ${name}, with the authority inside and as a resource server`);
  } finally {
    for (const { server } of [embedded, resource]) {
      server.closeAllConnections();
      server.close();
    }
    await close();
  }
}
