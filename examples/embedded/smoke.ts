/** Starts the example and goes through a login, a call, a refresh and a logout. Fails with an error. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startExample } from './server.js';

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

const port = await freePort();
const folder = await mkdtemp(join(tmpdir(), 'pawl-example-'));
const example = await startExample(port, join(folder, 'sessions.sqlite'), randomBytes(32).toString('hex'));
const at = (path: string): string => `http://127.0.0.1:${String(port)}${path}`;
const post = (path: string, body: object): Promise<Response> =>
  fetch(at(path), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const call = (token: string): Promise<Response> =>
  fetch(at('/'), { headers: { authorization: `Bearer ${token}` } });

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

try {
  assert.equal((await call('nonsense')).status, 401);
  assert.equal((await post('/auth/login', { username: 'ada', password: 'wrong' })).status, 401);
  const login = (await (
    await post('/auth/login', { username: 'ada', password: 'engine-1843' })
  ).json()) as Tokens;
  assert.deepEqual(await (await call(login.access_token)).json(), { hello: 'ada', role: 'admin' });
  const refreshed = await post('/auth/refresh', { refresh_token: login.refresh_token });
  assert.equal(refreshed.headers.get('pawl-refresh'), 'rotated');
  const next = (await refreshed.json()) as Tokens;
  assert.equal((await post('/auth/logout', { refresh_token: next.refresh_token })).status, 204);
  assert.equal((await call(next.access_token)).status, 401);
  console.log('embedded example: login, call, refresh, logout');
} finally {
  example.server.closeAllConnections();
  await example.close();
  await rm(folder, { recursive: true });
}
