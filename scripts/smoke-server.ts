/**
 * The first minutes with an installed `pawl-server`, on its embedded store in an empty folder: `smoke-server.ts PROGRAM`; see examples.ts.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const [program = ''] = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), 'pawl-smoke-'));

assert.match(execFileSync(program, ['--version'], { encoding: 'utf8' }), /^pawl-server \d+\.\d+\.\d+\n$/);

const server = spawn(program, ['serve'], {
  cwd: folder,
  env: { ...process.env, PAWL_PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = once(server, 'exit');

/** Resolves to the address and to the password of the first user. */
async function greeted(): Promise<{ readonly address: string; readonly password: string }> {
  let output = '';
  return new Promise((resolve, reject) => {
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const [, address] = /listens on (\S+)\n/.exec(output) ?? [];
      const [, password] = /shown this once: (\S+)\n/.exec(output) ?? [];
      if (address !== undefined && password !== undefined) resolve({ address, password });
    });
    void ended.then(() => reject(new Error(`${program} ended; it had said:\n${output}`)));
  });
}

try {
  const { address, password } = await greeted();
  const post = (where: string, body: object): Promise<Response> =>
    fetch(address + where, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const login = await post('/login', { username: 'demo', password });
  assert.equal(login.status, 200);
  const { refresh_token } = (await login.json()) as { readonly refresh_token: string };
  const refreshed = await post('/refresh', { refresh_token });
  assert.deepEqual([refreshed.status, refreshed.headers.get('pawl-refresh')], [200, 'rotated']);
  const form = await fetch(`${address}/account/login`);
  assert.deepEqual([form.status, /<form\b/.test(await form.text())], [200, true]);
} finally {
  server.kill('SIGTERM');
  const [code] = (await ended) as [number | null];
  rmSync(folder, { recursive: true });
  assert.equal(code, 0, 'it ends in order at SIGTERM');
}
