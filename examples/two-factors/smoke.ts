/** Logs in with one factor and with two, and guesses. Fails with an error. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashOf } from './authenticate.js';
import { codeAt } from './otp.js';
import { startExample } from './server.js';
import { Users } from './users.js';

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

// The clock stands still, so that no code changes on the way.
const now = Math.floor(Date.now() / 1000);
const otpSecret = randomBytes(20);
const users = new Users();
const passwordHash = await hashOf('engine-1843');
users.add({ id: 'u1', identifiers: ['ada', 'ada@example.org'], passwordHash, disabled: false, otpSecret });
users.add({ id: 'u2', identifiers: ['bob'], passwordHash, disabled: false, otpSecret: null });

const port = await freePort();
const folder = await mkdtemp(join(tmpdir(), 'pawl-example-'));
const example = await startExample({
  port,
  path: join(folder, 'sessions.sqlite'),
  masterKey: randomBytes(32).toString('hex'),
  users,
  clock: { now: () => now },
});

interface Answer {
  readonly status: number;
  readonly error?: string;
  readonly factors?: readonly string[];
  readonly state?: string;
  readonly access_token?: string;
}

async function login(members: object): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${String(port)}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(members),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

const password = 'engine-1843';
const code = (late = 0): string => codeAt(otpSecret, now - late);
const wrongCode = (): string => String((Number(code()) + 500_000) % 1_000_000).padStart(6, '0');

try {
  // One factor.
  const bob = await login({ username: 'bob', password });
  assert.equal(bob.status, 200);
  const userinfo = await fetch(`http://127.0.0.1:${String(port)}/userinfo`, {
    headers: { authorization: `Bearer ${bob.access_token ?? ''}` },
  });
  const { sub, preferred_username: name } = (await userinfo.json()) as Record<string, unknown>;
  assert.deepEqual([sub, name], ['u2', 'bob']);

  // Two factors, by either name.
  for (const [username, late] of [
    ['ada', 30],
    [' Ada@EXAMPLE.org ', 0],
  ] as const) {
    const asked = await login({ username, password });
    assert.deepEqual([asked.status, asked.error, asked.factors], [401, 'factor_required', ['otp']]);
    const otp = code(late);
    assert.equal((await login({ state: asked.state, otp })).status, 200);
    // The state has logged in, and the code too.
    assert.equal((await login({ state: asked.state, otp })).status, 401);
    const { state } = await login({ username, password });
    assert.equal((await login({ state, otp })).status, 401);
  }

  // Without the password there is nothing to guess at, and with it there are few tries.
  assert.equal((await login({ state: 'x'.repeat(43), otp: code() })).status, 401);
  const { state } = await login({ username: 'ada', password });
  const tries: number[] = [];
  for (let i = 0; i < 6; i += 1) tries.push((await login({ state, otp: wrongCode() })).status);
  // Five are free, and the used code was one.
  assert.deepEqual(tries, [401, 401, 401, 401, 429, 429]);
  console.log('two-factors example: one factor, two factors, a used state, guessed codes');
} finally {
  example.server.closeAllConnections();
  await example.close();
  await rm(folder, { recursive: true });
}
