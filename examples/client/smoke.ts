/** Starts the example and goes through the life of a session that two Node programs share. Fails with an error. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'pawl/client';
import { createFileStorage } from 'pawl/client/node';
import { startExample } from './server.js';

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, 'localhost');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

const folder = await mkdtemp(join(tmpdir(), 'pawl-example-'));
const events: string[] = [];
const example = await startExample(
  await freePort(),
  join(folder, 'pawl.sqlite'),
  randomBytes(32),
  ({ type }) => void events.push(type),
);
const issuer = `${example.origin}/auth`;
const program = (): ReturnType<typeof createClient> =>
  createClient({ issuer, storage: createFileStorage({ folder: join(folder, 'session') }) });
const [one, other] = [program(), program()];

try {
  for (const path of ['/', '/page.js', '/pawl-client.js']) {
    assert.equal((await fetch(example.origin + path)).status, 200, path);
  }
  assert.deepEqual(await one.login({ username: 'ada', password: 'wrong' }), { ok: false, reason: 'wrong' });
  const login = await one.login({ username: 'ada', password: 'engine-1843' });
  assert.ok(login.ok);
  const answer = await other.fetch(`${issuer}/userinfo`);
  assert.equal(((await answer.json()) as { sub: string }).sub, 'ada');
  const state = { status: 'signed-in', sessionId: login.sessionId, bound: true };
  assert.deepEqual(await other.session(), state);

  assert.equal(await one.logout(), true);
  assert.equal((await other.fetch(`${issuer}/userinfo`)).status, 401);
  const ended = await other.session();
  assert.equal(ended.status === 'ended' && ended.reason, 'logged-out');
  console.log('client example: login, call by another program, logout for both');
} finally {
  for (const client of [one, other]) client.close();
  await example.close();
  await rm(folder, { recursive: true });
}
