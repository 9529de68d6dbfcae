import { execFile } from 'node:child_process';
import { chmodSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { pawl, startServer, temporaryFolder } from '../server-process.js';

const run = promisify(execFile);

/** The lines to paste: from the password to the last one before the hint at the commands. */
function linesToPaste(stdout: string): string {
  return /^(?:PASSWORD=|# The password)[^]*?(?=\n\nUsers, sessions)/m.exec(stdout)?.[0] ?? '';
}

describe('the first start', () => {
  test.each([
    'strict',
    'balanced',
    'resilient',
  ])('prints a walk-through that catches the thief when it is pasted (%s)', async (policy) => {
    const folder = temporaryFolder();
    const window = policy === 'strict' ? {} : { PAWL_WINDOW_SECONDS: '2' };
    const server = await startServer(folder, { PAWL_POLICY: policy, ...window });
    const lines = linesToPaste(server.output.stdout);
    const { stdout, stderr } = await run('bash', ['-c', lines]);
    expect(await server.stop()).toBe(0);

    expect(stderr).toBe('');
    expect(stdout).toContain('"preferred_username":"demo"');
    expect(stdout).toContain('"device":"my terminal"');
    expect(stdout.match(/^pawl-refresh: replayed/gim) ?? []).toHaveLength(policy === 'strict' ? 0 : 1);
    const end = stdout.slice(stdout.indexOf('{"error":"invalid_grant"'));
    expect(end).toMatch(/^\{"error":"invalid_grant"[^]*HTTP\/1\.1 401 [^]*\{"error":"invalid_grant"/);
    expect(end).not.toContain('access_token');
    expect(server.output.stderr).toMatch(/somebody holds a copy; every session of acc_[\w-]{22} was ended/);
  });

  test('prints a walk-through of sessions that works when it is pasted', async () => {
    const server = await startServer(temporaryFolder(), { PAWL_MODE: 'session' });
    const { stdout, stderr } = await run('bash', ['-c', linesToPaste(server.output.stdout)]);
    expect(await server.stop()).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain('"preferred_username":"demo"');
    expect(stdout).toContain('"device":"a lost phone"');
    expect(stdout.match(/^HTTP\/1\.1 401 /gm)).toHaveLength(2);
    expect(server.output.stderr).not.toContain('pst_');
  });

  test('prints addresses below the path of the issuer', async () => {
    const server = await startServer(temporaryFolder(), { PAWL_ISSUER: 'https://id.example.org/auth/' });
    expect(server.output.stdout).toContain(`curl -sS ${server.address}/auth/login `);
    expect((await fetch(`${server.address}/auth/healthz`)).status).toBe(200);
    await server.stop();
  });

  test('shows the password once, keeps it out of the log, and later starts say how to set a new one', async () => {
    const folder = temporaryFolder();
    const first = await startServer(folder);
    const password =
      /shown this once: (?<password>\S+)/.exec(first.output.stdout)?.groups?.['password'] ?? '';
    expect(password.length).toBeGreaterThanOrEqual(16);
    expect(first.output.stderr).not.toContain(password);
    expect(await first.stop()).toBe(0);

    const second = await startServer(folder);
    expect(second.output.stdout).not.toContain(password);
    expect(second.output.stdout).toContain("PASSWORD='<password>'");
    expect(second.output.stdout).toContain('user passwd demo');
    expect((await second.login('demo', password)).access_token).toBeTruthy();
    expect(await second.stop()).toBe(0);
  });

  test('keeps its files from others', async () => {
    const folder = temporaryFolder();
    await (await startServer(folder)).stop();
    const modeOf = (path: string): number => statSync(join(folder, path)).mode & 0o777;
    expect(modeOf('data')).toBe(0o700);
    expect(modeOf('data/master.key')).toBe(0o600);
    expect(modeOf('data/pawl.sqlite')).toBe(0o600);
  });

  test('creates nobody when there is a user, and nobody off loopback', async () => {
    const folder = temporaryFolder();
    await pawl(folder, ['user', 'add', 'alice'], { input: 'a long password\n' });
    const withUser = await startServer(folder);
    expect(withUser.output.stdout).not.toContain('shown this once');
    await withUser.stop();

    const exposed = temporaryFolder();
    const variables = {
      PAWL_HOST: '0.0.0.0',
      PAWL_ISSUER: 'https://id.example.org',
      PAWL_MASTER_KEY: 'ab'.repeat(32),
    };
    const server = await startServer(exposed, variables);
    expect(server.output.stdout).not.toContain('password');
    await server.stop();
    expect((await pawl(exposed, ['user', 'list'], { variables })).stdout).toBe('');
  });
});

describe('a start that cannot be', () => {
  test('on a port in use says so and changes nothing', async () => {
    const server = await startServer(temporaryFolder());
    const folder = temporaryFolder();
    const { port } = new URL(server.address);
    const second = await pawl(folder, ['serve', '--port', port]);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`Port ${port} on 127.0.0.1 is in use`);
    expect(second.stdout).toBe('');
    expect(() => statSync(join(folder, 'data'))).toThrow();
    await server.stop();
  });

  test('off loopback without https issuer or without a master key says what to set', async () => {
    const folder = temporaryFolder();
    const insecure = await pawl(folder, ['serve', '--host', '0.0.0.0', '--port', '0']);
    expect(insecure).toMatchObject({ code: 2, stdout: '' });
    expect(insecure.stderr).toContain('PAWL_ISSUER');
    const keyless = await pawl(folder, [
      'serve',
      '--host',
      '0.0.0.0',
      '--port',
      '0',
      '--issuer',
      'https://a.example',
    ]);
    expect(keyless).toMatchObject({ code: 2, stdout: '' });
    expect(keyless.stderr).toContain('PAWL_MASTER_KEY_FILE');
    expect(() => statSync(join(folder, 'data'))).toThrow();
  });

  test('with another master key says that it does not fit', async () => {
    const folder = temporaryFolder();
    await (await startServer(folder)).stop();
    const wrong = await pawl(folder, ['serve', '--port', '0'], {
      variables: { PAWL_MASTER_KEY: 'cd'.repeat(32) },
    });
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toMatch(/master key/);
    expect(wrong.stderr).not.toContain('cdcdcdcd');
  });

  test('with a database whose master key is gone says so, and makes no new key', async () => {
    const folder = temporaryFolder();
    await (await startServer(folder)).stop();
    rmSync(join(folder, 'data/master.key'));
    const keyless = await pawl(folder, ['serve', '--port', '0']);
    expect(keyless).toMatchObject({ code: 2, stdout: '' });
    expect(keyless.stderr).toContain('its master key does not');
    expect(() => statSync(join(folder, 'data/master.key'))).toThrow();
  });

  test('with a master key that others may read says how to mend it', async () => {
    const folder = temporaryFolder();
    await (await startServer(folder)).stop();
    chmodSync(join(folder, 'data/master.key'), 0o640);
    const readable = await pawl(folder, ['serve', '--port', '0']);
    expect(readable).toMatchObject({ code: 2, stdout: '' });
    expect(readable.stderr).toContain('chmod 600');
  });
});
