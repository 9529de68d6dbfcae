import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pawl, type RunningServer, startServer, temporaryFolder } from '../server-process.js';
import { userPassword } from '../server-with-user.js';

const operationsPaths = ['/healthz', '/readyz', '/metrics'];

/** The address of the operations that a server names in its greeting. */
function operationsOf({ output }: RunningServer): string {
  const found = /Health and metrics are on (?<address>\S+)\n/.exec(output.stdout)?.groups?.['address'];
  if (found === undefined) throw new Error(`The greeting names no such address: ${output.stdout}`);
  return found;
}

async function statuses(address: string, paths: readonly string[]): Promise<readonly number[]> {
  return Promise.all(paths.map(async (path) => (await fetch(address + path)).status));
}

/** A port that is taken for as long as the test runs. */
async function takenPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return String((server.address() as AddressInfo).port);
}

describe('a port of its own for health and metrics', () => {
  test('serves them alone, and the public one does not serve them', async () => {
    const folder = temporaryFolder();
    await pawl(folder, ['user', 'add', 'alice'], { input: `${userPassword}\n` });
    const server = await startServer(folder, { PAWL_OPERATIONS_PORT: '0' });
    const operations = operationsOf(server);
    expect(operations).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(operations).not.toBe(server.address);
    await expect.poll(() => server.output.stderr).toContain(`"operations":"${operations}"`);

    expect(await statuses(operations, operationsPaths)).toEqual([200, 200, 200]);
    expect(await statuses(server.address, operationsPaths)).toEqual([404, 404, 404]);
    const others = ['/', '/account', '/jwks.json', '/openapi.json', '/userinfo', '/verify'];
    expect(new Set(await statuses(operations, others))).toEqual(new Set([404]));
    for (const path of ['/login', '/refresh', '/token', '/account/login']) {
      expect((await fetch(operations + path, { method: 'POST' })).status).toBe(404);
    }
    expect((await fetch(`${operations}/metrics`, { method: 'POST' })).status).toBe(405);
    const described = await (await fetch(`${server.address}/openapi.json`)).text();
    expect(described).toContain('"/login"');
    expect(described).not.toContain('"/metrics"');
    expect(await server.stop()).toBe(0);
  });

  test('counts what happens on the public one', async () => {
    const folder = temporaryFolder();
    await pawl(folder, ['user', 'add', 'alice'], { input: `${userPassword}\n` });
    const server = await startServer(folder, { PAWL_OPERATIONS_PORT: '0' });
    await server.login('alice', userPassword);
    const counted = await (await fetch(`${operationsOf(server)}/metrics`)).text();
    expect(counted).toContain('pawl_sessions_created_total 1\n');
    expect(counted).toContain('pawl_logins_total{result="granted"} 1\n');
    expect(counted).toContain('pawl_http_requests_total{route="/login",method="POST",status="200"} 1\n');
    expect(await server.stop()).toBe(0);
  });

  test('is at the root, whatever the path of the issuer, and on an address of its own', async () => {
    const server = await startServer(temporaryFolder(), {
      PAWL_ISSUER: 'https://id.example.org/auth',
      PAWL_OPERATIONS_PORT: '0',
      PAWL_OPERATIONS_HOST: '127.0.0.2',
    });
    const operations = operationsOf(server);
    expect(new URL(operations).hostname).toBe('127.0.0.2');
    expect(await statuses(operations, ['/healthz', '/auth/healthz'])).toEqual([200, 404]);
    expect(await statuses(server.address, ['/healthz', '/auth/healthz', '/auth/jwks.json'])).toEqual([
      404, 404, 200,
    ]);
    expect(await server.stop()).toBe(0);
  });

  test('closes with the public one', async () => {
    const server = await startServer(temporaryFolder(), { PAWL_OPERATIONS_PORT: '0' });
    const operations = operationsOf(server);
    expect(await statuses(operations, ['/healthz'])).toEqual([200]);
    expect(await server.stop()).toBe(0);
    for (const address of [operations, server.address]) await expect(fetch(address)).rejects.toThrow();
  });

  test('may be reached from other machines without TLS, and lets nobody else onto the public one', async () => {
    const server = await startServer(temporaryFolder(), {
      PAWL_OPERATIONS_PORT: '0',
      PAWL_OPERATIONS_HOST: '0.0.0.0',
    });
    const { port } = new URL(operationsOf(server));
    expect(await statuses(`http://127.0.0.3:${port}`, ['/healthz'])).toEqual([200]);
    await expect(fetch(`http://127.0.0.3:${new URL(server.address).port}`)).rejects.toThrow();
    expect(server.output.stdout).toContain('The user "demo" was created');
    expect(await server.stop()).toBe(0);
  });

  test('is not there by default: they are on the public one', async () => {
    const server = await startServer(temporaryFolder());
    expect(server.output.stdout).not.toContain('Health and metrics');
    expect(await statuses(server.address, operationsPaths)).toEqual([200, 200, 200]);
    expect(await server.stop()).toBe(0);
  });
});

describe('a port for health and metrics that cannot be', () => {
  async function refused(variables: Record<string, string>): Promise<string> {
    const folder = temporaryFolder();
    const { code, stdout, stderr } = await pawl(folder, ['serve'], {
      variables: { PAWL_PORT: '0', ...variables },
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(existsSync(join(folder, 'data'))).toBe(false);
    return stderr;
  }

  test('because it is taken, is named before anything is changed', async () => {
    const port = await takenPort();
    const told = await refused({ PAWL_OPERATIONS_PORT: port });
    expect(told).toContain(`Port ${port} on 127.0.0.1 is in use`);
    expect(told).toContain('PAWL_OPERATIONS_PORT');
  });

  test('because it is the public one, is named', async () => {
    const port = await takenPort();
    expect(await refused({ PAWL_PORT: port, PAWL_OPERATIONS_PORT: port })).toContain(`are both ${port}`);
  });

  test('because only its host is given, is named: they would stay on the public one', async () => {
    expect(await refused({ PAWL_OPERATIONS_HOST: '127.0.0.1' })).toContain('set PAWL_OPERATIONS_PORT too');
  });
});
