/** Starts the example in both modes and plays the same calls on each. Fails with an error. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mode } from 'pawl';
import { startExample } from './server.js';

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

type Login =
  | { readonly session_token: string }
  | { readonly access_token: string; readonly refresh_token: string };

/** All that a client has to know of the modes: which token calls are made with, and which one ends the session. */
function credentialsOf(login: Login): { readonly bearer: string; readonly end: Record<string, string> } {
  return 'session_token' in login
    ? { bearer: login.session_token, end: { session_token: login.session_token } }
    : { bearer: login.access_token, end: { refresh_token: login.refresh_token } };
}

async function play(mode: Mode, path: string): Promise<void> {
  const port = await freePort();
  const example = await startExample({ mode, port, path, masterKey: randomBytes(32).toString('hex') });
  const at = (route: string): string => `http://127.0.0.1:${String(port)}${route}`;
  const send = (route: string, bearer: string, method = 'GET'): Promise<Response> =>
    fetch(at(route), { method, headers: { authorization: `Bearer ${bearer}` } });
  const post = (route: string, body: object): Promise<Response> =>
    fetch(at(route), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const logIn = async (): Promise<Login> =>
    (await (await post('/auth/login', { username: 'ada', password: 'engine-1843' })).json()) as Login;
  try {
    assert.equal((await send('/', 'nonsense')).status, 401);
    assert.equal((await post('/auth/login', { username: 'ada', password: 'wrong' })).status, 401);
    const login = await logIn();
    assert.equal('session_token' in login, mode === 'session');
    const [mine, phone] = [credentialsOf(login), credentialsOf(await logIn())];
    for (const visits of [1, 2]) {
      const answer = await send('/', mine.bearer);
      assert.deepEqual(await answer.json(), { hello: 'ada', role: 'admin', visits });
    }
    assert.equal((await send('/', phone.bearer)).status, 200);
    assert.equal((await send('/auth/sessions', mine.bearer, 'DELETE')).status, 204);
    assert.equal((await send('/', phone.bearer)).status, 401);
    assert.equal((await send('/', mine.bearer)).status, 200);
    assert.equal((await post('/auth/logout', mine.end)).status, 204);
    assert.equal((await send('/', mine.bearer)).status, 401);
    console.log(`modes example, ${mode}: login, calls, data, ending other devices, logout`);
  } finally {
    example.server.closeAllConnections();
    await example.close();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'pawl-example-'));
try {
  for (const mode of ['tokens', 'session'] as const) await play(mode, join(folder, `${mode}.sqlite`));
} finally {
  await rm(folder, { recursive: true });
}
