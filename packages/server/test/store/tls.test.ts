import { chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCertificate } from '../../../../testbed/src/certificate.js';
import { freePort } from '../../../../testbed/src/free-port.js';
import { startPostgres } from '../../../../testbed/src/postgres-server.js';
import { redis } from '../private-redis.js';
import { pawl, temporaryFolder } from '../server-process.js';
import { startWithUser, userPassword } from '../server-with-user.js';

/** Writes a key for `localhost`, and a certificate that it has signed itself. */
function writeCertificate(folder: string): { readonly key: string; readonly certificate: string } {
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')];
  const made = createCertificate();
  // PostgreSQL takes no key that others may read.
  writeFileSync(key, made.key, { mode: 0o600 });
  writeFileSync(certificate, made.cert);
  return { key, certificate };
}

describe('TLS', () => {
  test('to PostgreSQL follows sslmode and sslrootcert', async () => {
    const plain = await startPostgres();
    const { folder, port, user, database } = plain;
    await plain.process.end('SIGINT');
    const { key, certificate } = writeCertificate(folder);
    const { uid, gid } = statSync(folder);
    chownSync(key, uid, gid);
    chownSync(certificate, uid, gid);
    writeFileSync(join(folder, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 trust\n');
    const server = await startPostgres({ folder, port, settings: ['ssl=on'] });
    onTestFinished(() => server.remove());
    const migrate = (parameters: string) =>
      pawl(temporaryFolder(), ['migrate'], {
        variables: { PAWL_STORE: `postgres://${user}@localhost:${port}/${database}${parameters}` },
      });
    expect((await migrate('')).stderr).toContain('the user may not connect from here (28000)');
    expect((await migrate('?sslmode=verify-full')).stderr).toMatch(/certificate is not trusted/);
    expect(await migrate('?sslmode=verify-full&sslrootcert=/nowhere/ca.crt')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot be used: ENOENT') as unknown,
    });
    expect(await migrate(`?sslmode=verify-full&sslrootcert=${certificate}`)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Applied to postgres:\/\/localhost:\d+\/postgres: /) as unknown,
    });
  });

  test('to Redis is used by rediss, and an authority that is not trusted is said to be so', async () => {
    const folder = temporaryFolder();
    const { key, certificate } = writeCertificate(folder);
    const port = await freePort();
    await redis({
      directives: [
        ...['--tls-port', String(port), '--tls-cert-file', certificate, '--tls-key-file', key],
        ...['--tls-ca-cert-file', certificate, '--tls-auth-clients', 'no'],
      ],
    });
    const variables = { PAWL_STORE: `rediss://localhost:${port}`, PAWL_STORE_DEADLINE_SECONDS: '10' };
    const impatient = { ...variables, PAWL_STORE_DEADLINE_SECONDS: '4' };
    const distrusted = await pawl(folder, ['user', 'list'], { variables: impatient });
    expect(distrusted.code).toBe(1);
    expect(distrusted.stderr).toMatch(/certificate is not trusted; NODE_EXTRA_CA_CERTS/);
    const trusting = { ...variables, NODE_EXTRA_CA_CERTS: certificate };
    expect(await pawl(folder, ['user', 'list'], { variables: trusting })).toMatchObject({ code: 0 });
    const server = await startWithUser(folder, trusting);
    expect((await server.login('alice', userPassword)).access_token).toBeTruthy();
    expect(await server.stop()).toBe(0);
  });
});
