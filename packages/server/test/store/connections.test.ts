import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../../testbed/src/free-port.js';
import { startPostgres } from '../../../../testbed/src/postgres-server.js';
import { ask, linked, startRedisCluster } from '../../../../testbed/src/redis-cluster.js';
import { startSentinelGroup } from '../../../../testbed/src/redis-sentinel.js';
import { type RedisServer, startRedis } from '../../../../testbed/src/redis-server.js';
import { pawl, type RunningServer, startServer, temporaryFolder, type Variables } from '../server-process.js';

const userPassword = 'a long password';

async function redis(setup: Parameters<typeof startRedis>[0] = {}): Promise<RedisServer> {
  const server = await startRedis(setup);
  onTestFinished(() => server.process.end('SIGKILL'));
  return server;
}

async function startWithUser(folder: string, variables: Variables): Promise<RunningServer> {
  const added = await pawl(folder, ['user', 'add', 'alice'], { input: `${userPassword}\n`, variables });
  expect(added.stderr).toBe('The user alice was added.\n');
  const server = await startServer(folder, variables);
  onTestFinished(() => void server.child.kill('SIGKILL'));
  return server;
}

/** Presents the token until it is answered; every answer before is 503. */
async function refreshed(server: RunningServer, refreshToken: string): Promise<Response> {
  for (;;) {
    const answer = await server.post('/refresh', { refresh_token: refreshToken });
    if (answer.status !== 503) return answer;
  }
}

describe('a server goes on', () => {
  test('when a Redis that was killed is back', async () => {
    const directives = ['--appendonly', 'yes', '--appendfsync', 'always'];
    const first = await redis({ directives });
    const { port, folder } = first;
    const server = await startWithUser(temporaryFolder(), { PAWL_STORE: `redis://127.0.0.1:${port}` });
    const { refresh_token } = await server.login('alice', userPassword);
    await first.process.end('SIGKILL');
    expect((await server.post('/refresh', { refresh_token })).status).toBe(503);
    await redis({ directives, folder, port });
    expect((await refreshed(server, refresh_token)).status).toBe(200);
    expect(await server.stop()).toBe(0);
    expect(server.output.stderr).toContain('a connection to the store failed');
  });

  test('when a PostgreSQL that crashed is back', async () => {
    const first = await startPostgres();
    const { port, folder, user, database } = first;
    const variables = { PAWL_STORE: `postgres://${user}@127.0.0.1:${port}/${database}` };
    expect((await pawl(temporaryFolder(), ['migrate'], { variables })).code).toBe(0);
    const server = await startWithUser(temporaryFolder(), variables);
    const { refresh_token } = await server.login('alice', userPassword);
    await first.crash();
    expect((await server.post('/refresh', { refresh_token })).status).toBe(503);
    const second = await startPostgres({ port, folder });
    onTestFinished(() => second.remove());
    expect((await refreshed(server, refresh_token)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });

  test.each(['killed', 'frozen'])('when Sentinel replaces a primary that is %s', async (how) => {
    const group = await startSentinelGroup();
    onTestFinished(() => group.stop());
    const { host, port } = group.sentinel;
    const server = await startWithUser(temporaryFolder(), {
      PAWL_STORE: `redis-sentinel://${host}:${port}/${group.name}`,
      PAWL_STORE_REPLICAS: '1',
    });
    const { refresh_token } = await server.login('alice', userPassword);
    if (how === 'killed') await group.primary.process.end('SIGKILL');
    else group.primary.process.freeze();
    expect((await refreshed(server, refresh_token)).status).toBe(200);
    // Nobody is left to confirm a login.
    expect((await server.post('/login', { username: 'alice', password: userPassword })).status).toBe(503);
    expect(await server.stop()).toBe(0);
  });

  test.each([
    'killed',
    'frozen',
  ])('when a replica takes over from a primary of a cluster that is %s', async (how) => {
    const cluster = await startRedisCluster({
      replicasEach: 1,
      directives: ['--cluster-node-timeout', '1000'],
    });
    onTestFinished(() => cluster.stop());
    await Promise.all(cluster.servers.slice(3).map(linked));
    const [seed] = cluster.servers as [RedisServer];
    const server = await startWithUser(temporaryFolder(), {
      PAWL_STORE: `redis-cluster://${cluster.servers.map(({ host, port }) => `${host}:${port}`).join(',')}`,
      PAWL_STORE_REPLICAS: '1',
    });
    const { refresh_token, session_id } = await server.login('alice', userPassword);
    const slot = Number(ask(seed, 'cluster', 'keyslot', `pawl:{${session_id.slice(0, 5)}}`));
    // `--cluster create` gives each of three primaries a third of the slots, in order.
    const holder = cluster.servers[Math.floor((slot * 3) / 16_384)];
    if (how === 'killed') await holder?.process.end('SIGKILL');
    else holder?.process.freeze();
    expect((await server.post('/refresh', { refresh_token })).status).toBe(503);
    const answer = await refreshed(server, refresh_token);
    expect([answer.status, answer.headers.get('pawl-refresh')]).toEqual([200, 'rotated']);
    expect(await server.stop()).toBe(0);
  });

  test('when the primary that it talks to becomes a replica', async () => {
    const left = await redis();
    const right = await redis({ directives: ['--replicaof', left.host, String(left.port)] });
    const server = await startWithUser(temporaryFolder(), { PAWL_STORE: `redis://127.0.0.1:${left.port}` });
    const { refresh_token } = await server.login('alice', userPassword);
    await linked(right);
    ask(right, 'replicaof', 'no', 'one');
    ask(left, 'replicaof', right.host, String(right.port));
    expect((await server.post('/refresh', { refresh_token })).status).toBe(503);
    ask(left, 'replicaof', 'no', 'one');
    expect((await refreshed(server, refresh_token)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });
});

test('logins wait for replicas where that is asked for, and refreshes do not', async () => {
  const primary = await redis();
  const replica = await redis({ directives: ['--replicaof', primary.host, String(primary.port)] });
  await linked(replica);
  const server = await startWithUser(temporaryFolder(), {
    PAWL_STORE: `redis://127.0.0.1:${primary.port}`,
    PAWL_STORE_REPLICAS: '1',
    PAWL_STORE_DEADLINE_SECONDS: '1',
  });
  const { refresh_token } = await server.login('alice', userPassword);
  replica.process.freeze();
  expect((await server.post('/refresh', { refresh_token })).status).toBe(200);
  expect((await server.post('/login', { username: 'alice', password: userPassword })).status).toBe(503);
  replica.process.thaw();
  expect(await server.stop()).toBe(0);
});

test('the documented rights are enough for a server, and for what the doctor can say', async () => {
  const stores = readFileSync(new URL('../../../../docs/stores.md', import.meta.url), 'utf8');
  const rule = /^ACL SETUSER (?<words>[^]*?)^```/m.exec(stores)?.groups?.['words'] ?? '';
  const words = rule.replace('>PASSWORD', '>secret-of-the-store').trim().split(/\s+/);
  expect(words.length).toBeGreaterThan(20);
  const primary = await redis({ directives: ['--appendonly', 'yes'] });
  ask(primary, 'acl', 'setuser', ...words, '+config|get', '+time');
  const folder = temporaryFolder();
  const variables = { PAWL_STORE: `redis://pawl:secret-of-the-store@127.0.0.1:${primary.port}` };
  const server = await startWithUser(folder, variables);
  const { refresh_token } = await server.login('alice', userPassword);
  expect((await server.post('/refresh', { refresh_token })).status).toBe(200);
  const { code, stdout } = await pawl(folder, ['doctor'], { variables });
  expect([code, stdout]).toEqual([0, expect.not.stringMatching(/fail|warn {2}Redis/)]);
  expect(await server.stop()).toBe(0);
  expect(server.output.stderr).not.toContain('failed');
});

test('two installations share one Redis by their prefixes', async () => {
  const { port } = await redis();
  const store = (prefix: string): Variables => ({
    PAWL_STORE: `redis://127.0.0.1:${port}/2?prefix=${prefix}`,
  });
  const [left, right] = [temporaryFolder(), temporaryFolder()];
  await startWithUser(left, store('left:'));
  const { stdout } = await pawl(right, ['user', 'list'], { variables: store('right:') });
  expect(stdout).toBe('');
  expect((await pawl(right, ['keys', 'list'], { variables: store('right:') })).code).toBe(0);
});

describe('TLS', () => {
  test('is used by rediss, and an authority that is not trusted is said to be so', async () => {
    const folder = temporaryFolder();
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-keyout', key, '-out', certificate],
    ]);
    expect(made.status, String(made.stderr)).toBe(0);
    const port = await freePort();
    await redis({
      directives: [
        ...['--tls-port', String(port), '--tls-cert-file', certificate, '--tls-key-file', key],
        ...['--tls-ca-cert-file', certificate, '--tls-auth-clients', 'no'],
      ],
    });
    const variables = { PAWL_STORE: `rediss://localhost:${port}`, PAWL_STORE_DEADLINE_SECONDS: '1' };
    const distrusted = await pawl(folder, ['user', 'list'], { variables });
    expect(distrusted.code).toBe(1);
    expect(distrusted.stderr).toMatch(/certificate is not trusted; NODE_EXTRA_CA_CERTS/);
    const trusting = { ...variables, NODE_EXTRA_CA_CERTS: certificate };
    expect(await pawl(folder, ['user', 'list'], { variables: trusting })).toMatchObject({ code: 0 });
    const server = await startWithUser(folder, trusting);
    expect((await server.login('alice', userPassword)).access_token).toBeTruthy();
    expect(await server.stop()).toBe(0);
  });
});

describe('the password of a store', () => {
  // Made of characters that no word of a log line holds.
  const password = 'kX9vQ2mB7zJcW4tY5nL8';
  const leakCharacters = 8;
  const pieces = Array.from({ length: password.length - leakCharacters + 1 }, (_, i) =>
    password.slice(i, i + leakCharacters),
  );

  async function everythingSaid(store: string, breakStore: () => Promise<unknown>): Promise<string> {
    const folder = temporaryFolder();
    const seen: string[] = [];
    const command = async (args: readonly string[], variables: Variables): Promise<void> => {
      const { stdout, stderr } = await pawl(folder, args, { variables });
      seen.push(stdout, stderr);
    };
    const file = join(folder, 'store.txt');
    writeFileSync(file, `${store}\n`);
    const variables = { PAWL_STORE_FILE: file, PAWL_LOG_LEVEL: 'debug', PAWL_STORE_DEADLINE_SECONDS: '1' };
    for (const args of [
      ['migrate'],
      ['config'],
      ['config', '--json'],
      ['doctor'],
      ['user', 'list'],
      ['help'],
    ]) {
      await command(args, variables);
    }
    await command(['user', 'list', '--store', store], {});
    await command(['user', 'list'], { ...variables, PAWL_STORE: store });
    const server = await startWithUser(folder, variables);
    const { refresh_token } = await server.login('alice', userPassword);
    await breakStore();
    expect((await server.post('/refresh', { refresh_token })).status).toBe(503);
    await command(['doctor'], variables);
    await command(['user', 'list'], variables);
    await command(['user', 'list'], { PAWL_STORE: store.replace(password, `${password}x`) });
    await command(['doctor'], { PAWL_STORE: store.replace(password, `${password}x`) });
    expect(await server.stop()).toBe(0);
    seen.push(server.output.stdout, server.output.stderr);
    return seen.join('\n');
  }

  function expectNoPiece(said: string): void {
    for (const piece of pieces) expect(said.includes(piece), `the password's ${piece}`).toBe(false);
  }

  test('of Redis is in nothing that is printed or logged', async () => {
    const server = await redis();
    ask(server, 'acl', 'setuser', 'pawl', 'on', `>${password}`, '~*', '+@all');
    const said = await everythingSaid(`redis://pawl:${password}@127.0.0.1:${server.port}`, () => {
      ask(server, 'acl', 'setuser', 'pawl', 'resetpass', '>another');
      return Promise.resolve(ask(server, 'client', 'kill', 'type', 'normal'));
    });
    expect(said).toContain('the user or the password is wrong (WRONGPASS)');
    expectNoPiece(said);
  });

  test('of PostgreSQL is in nothing that is printed or logged', async () => {
    const server = await startPostgres();
    onTestFinished(() => server.remove());
    const own = new pg.Client({
      connectionString: `postgres://${server.user}@127.0.0.1:${server.port}/postgres`,
    });
    own.on('error', () => undefined);
    await own.connect();
    await own.query(
      `create role pawl login password '${password}'; grant create on database postgres to pawl`,
    );
    const rules = ['host all pawl 127.0.0.1/32 scram-sha-256', 'host all postgres 127.0.0.1/32 trust'];
    writeFileSync(join(server.folder, 'pg_hba.conf'), `${rules.join('\n')}\n`);
    await own.query('select pg_reload_conf()');
    const said = await everythingSaid(
      `postgres://pawl:${password}@127.0.0.1:${server.port}/postgres`,
      async () => {
        await own.query(`alter role pawl password 'another'`);
        await own.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'pawl'`);
      },
    );
    await own.end();
    expect(said).toContain('the user or the password is wrong (28P01)');
    expectNoPiece(said);
  });
});
