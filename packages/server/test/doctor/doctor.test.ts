import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../../../../testbed/src/postgres-server.js';
import { ask, linked, startRedisCluster } from '../../../../testbed/src/redis-cluster.js';
import { waitUntil } from '../../../../testbed/src/wait-until.js';
import type { RedisServer } from '../../../../testbed/src/redis-server.js';
import { redis } from '../private-redis.js';
import { pawl, temporaryFolder, type Variables } from '../server-process.js';

const masterKey = { PAWL_MASTER_KEY: 'ab'.repeat(32) };
const durable = ['--appendonly', 'yes'];

function urlOf({ host, port }: RedisServer): string {
  return `redis://${host}:${port}`;
}

async function doctor(
  store: string,
  more: Variables = {},
): Promise<{ readonly code: number | null; readonly said: string }> {
  const variables = { ...masterKey, PAWL_STORE: store, PAWL_STORE_DEADLINE_SECONDS: '4', ...more };
  const { code, stdout, stderr } = await pawl(temporaryFolder(), ['doctor'], { variables });
  expect(stderr).toBe('');
  return { code, said: stdout };
}

describe('the doctor on Redis', () => {
  test('finds nothing to fail with append-only files and noeviction', async () => {
    const { code, said } = await doctor(urlOf(await redis({ directives: durable })));
    expect(code).toBe(0);
    for (const line of [
      'ok    Redis has version',
      'ok    Redis drops nothing when its memory is full',
      'ok    Redis appends to a file; a crash of the machine loses about the last second',
      'ok    The clock of Redis is',
      'ok    Redis allows every command that the store sends',
      'ok    The master key opens the key ring',
    ])
      expect(said).toContain(line);
  });

  test.each([
    [
      [...durable, '--maxmemory-policy', 'allkeys-lru'],
      1,
      /fail {2}Redis has the maxmemory-policy allkeys-lru/,
    ],
    [[], 0, /warn {2}Redis keeps nothing on disk .* restart .* logs everyone out/],
    [['--save', '60 1'], 0, /warn {2}Redis writes snapshots only/],
    [[...durable, '--appendfsync', 'no'], 0, /warn {2}Redis never syncs its append-only file/],
    [[...durable, '--appendfsync', 'always'], 0, /ok {4}Redis appends to a file; .* loses nothing/],
    [[...durable, '--maxmemory', '1'], 1, /fail {2}Redis refuses .*HSET.* \(OOM\)/],
  ])('started with %s exits with %s', async (directives, exitCode, line) => {
    const { code, said } = await doctor(urlOf(await redis({ directives })));
    expect(said).toMatch(line);
    expect(code).toBe(exitCode);
  });

  test('compares replicas with those that are asked for, and knows a replica', async () => {
    const primary = await redis({ directives: durable });
    const replica = await redis({
      directives: [...durable, '--replicaof', primary.host, String(primary.port)],
    });
    await linked(replica);
    await waitUntil('the replica is online', () =>
      ask(primary, 'info', 'replication').includes('state=online'),
    );
    const enough = await doctor(urlOf(primary), { PAWL_STORE_REPLICAS: '1' });
    expect(enough).toMatchObject({ code: 0 });
    expect(enough.said).toContain('ok    Redis has 1 replicas; storeReplicas asks for 1.');
    const few = await doctor(urlOf(primary), { PAWL_STORE_REPLICAS: '2' });
    expect(few).toMatchObject({ code: 1 });
    expect(few.said).toContain('fail  Redis has 1 replicas, and storeReplicas asks for 2');
    const wrong = await doctor(urlOf(replica));
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.said).toContain('fail  Redis is a replica');
  });

  test('names what its user may not do, and a wrong password, without quoting it', async () => {
    const server = await redis({ directives: durable });
    ask(server, 'acl', 'setuser', 'pawl', 'on', '>kX9vQ2mB7', '~pawl:*', '+@all', '-hset', '-scan');
    const place = `${server.host}:${server.port}`;
    const lacking = await doctor(`redis://pawl:kX9vQ2mB7@${place}`);
    expect(lacking).toMatchObject({ code: 1 });
    expect(lacking.said).toContain('fail  Redis refuses HSET, SCAN (NOPERM)');
    const wrong = await doctor(`redis://pawl:wrong-kX9vQ2mB7@${place}`);
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.said).toContain(
      `fail  Cannot open the store redis://${place}: the user or the password is wrong (WRONGPASS).`,
    );
    for (const { said } of [lacking, wrong]) expect(said).not.toContain('kX9vQ2mB7');
    const other = await doctor(`redis://pawl:kX9vQ2mB7@${place}?prefix=other:`);
    expect(other.said).toMatch(/fail {2}Redis refuses .*\(NOPERM\)/);
  });

  test('looks at every primary of a cluster, and says when a part is missing', async () => {
    const cluster = await startRedisCluster({ directives: durable });
    onTestFinished(() => cluster.stop());
    const [first, second, third] = cluster.servers as [RedisServer, RedisServer, RedisServer];
    const store = `redis-cluster://${first.host}:${first.port},${second.host}:${second.port}`;
    const whole = await doctor(store);
    expect(whole).toMatchObject({ code: 0 });
    expect(whole.said).toContain('ok    The cluster is complete: 3 primaries.');
    for (const { host, port } of cluster.servers)
      expect(whole.said).toContain(`Redis at ${host}:${port} has`);
    const alone = await doctor(urlOf(first));
    expect(alone).toMatchObject({ code: 1 });
    expect(alone.said).toContain('use redis-cluster://');

    ask(second, 'config', 'set', 'maxmemory-policy', 'volatile-ttl');
    const evicting = await doctor(store);
    expect(evicting).toMatchObject({ code: 1 });
    expect(evicting.said).toContain(
      `fail  Redis at ${second.host}:${second.port} has the maxmemory-policy volatile-ttl`,
    );

    await third.process.end('SIGKILL');
    for (const server of [first, second]) ask(server, 'config', 'set', 'cluster-node-timeout', '500');
    await waitUntil('the cluster fails', () => ask(first, 'cluster', 'info').includes('cluster_state:fail'));
    const broken = await doctor(store);
    expect(broken).toMatchObject({ code: 1 });
    expect(broken.said).toMatch(
      /fail {2}(?:The cluster is not complete|Cannot open the store|Redis refuses)/,
    );
  });
});

describe('the doctor on PostgreSQL', () => {
  async function postgres(settings: readonly string[] = []) {
    const server = await startPostgres({ settings });
    onTestFinished(() => server.remove());
    const url = `postgres://${server.user}@${server.host}:${server.port}/${server.database}`;
    const migrate = async (): Promise<void> => {
      const { code } = await pawl(temporaryFolder(), ['migrate'], { variables: { PAWL_STORE: url } });
      expect(code).toBe(0);
    };
    const query = async (text: string): Promise<void> => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(text);
      await client.end();
    };
    return { url, migrate, query, server };
  }

  test('asks for the migration, and finds nothing to fail after it', async () => {
    const { url, migrate } = await postgres();
    const before = await doctor(url);
    expect(before).toMatchObject({ code: 1 });
    expect(before.said).toMatch(/fail {2}There are no tables of Pawl .*"pawl-server migrate"/);
    await migrate();
    const after = await doctor(url);
    expect(after).toMatchObject({ code: 0 });
    for (const line of [
      'ok    PostgreSQL is version',
      'ok    PostgreSQL syncs to disk',
      'ok    Logins and revocations wait for their commit, and so do refreshes (synchronous_commit on)',
      'ok    The tables have version',
      'ok    The master key opens the key ring',
    ])
      expect(after.said).toContain(line);
    const unsynced = await doctor(url, { PAWL_POSTGRES_ROTATIONS_SYNCED: 'false' });
    expect(unsynced.said).toContain('refreshes do not (postgresRotationsSynced is false)');
  });

  test('sees that nothing is synced, or not waited for', async () => {
    const { url, migrate } = await postgres(['fsync=off', 'synchronous_commit=off']);
    await migrate();
    const { code, said } = await doctor(url);
    expect(code).toBe(1);
    expect(said).toContain('fail  PostgreSQL does not sync to disk (fsync off)');
    expect(said).toContain('warn  Logins and revocations wait for their commit; refreshes do not');
  });

  test('knows a server whose advisory locks do not lock', async () => {
    const { url, migrate, query } = await postgres();
    await migrate();
    await query(`create schema lockless;
      create function lockless.pg_try_advisory_xact_lock_shared(bigint) returns boolean language sql as 'select true'`);
    const path = encodeURIComponent('-c search_path=lockless,pg_catalog');
    const { code, said } = await doctor(`${url}?options=${path}`);
    expect(code).toBe(1);
    expect(said).toContain('fail  The advisory locks of the server do not lock');
  });

  test('knows a standby, and the primary that it becomes', async () => {
    const { url, migrate, server } = await postgres();
    await migrate();
    await server.process.end('SIGINT');
    const { folder, port } = server;
    writeFileSync(join(folder, 'standby.signal'), '');
    // It says that it accepts connections when it has become the primary.
    const starting = startPostgres({ folder, port });
    const standby = await connected(url);
    const before = await doctor(url);
    expect(before).toMatchObject({ code: 1 });
    expect(before.said).toContain('fail  The PostgreSQL server is a standby, which only reads');
    await standby.query('select pg_promote()');
    await standby.end();
    const primary = await starting;
    onTestFinished(() => primary.remove());
    expect(await doctor(url)).toMatchObject({ code: 0 });
  });

  test('names tables that are too old or too new, rights that are missing, and a database that is not there', async () => {
    const { url, migrate, query, server } = await postgres();
    await migrate();
    await query(`create role small login; grant usage on schema pawl to small;
      grant select on all tables in schema pawl to small`);
    const small = await doctor(url.replace(`${server.user}@`, 'small@'));
    expect(small).toMatchObject({ code: 1 });
    expect(small.said).toMatch(/fail {2}The user of the database may not: .*insert on sessions/);

    await query(
      'update pawl.migrations set version = 99 where version = (select max(version) from pawl.migrations)',
    );
    const newer = await doctor(url);
    expect(newer).toMatchObject({ code: 1 });
    expect(newer.said).toMatch(/fail {2}The tables have version 99 .*run a newer program/);

    const nowhere = await doctor(url.replace(/[^/]+$/, 'nowhere'));
    expect(nowhere).toMatchObject({ code: 1 });
    expect(nowhere.said).toContain('there is no such database (3D000)');
    const other = await doctor(`${url}?schema=other`);
    expect(other.said).toContain('There are no tables of Pawl');
  });
});

/** Connects when the server takes connections. */
async function connected(url: string): Promise<pg.Client> {
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      return client;
    } catch {
      await delay(50);
    }
  }
}

describe('migrate', () => {
  test('creates the tables once, and its printed form does the same by hand', async () => {
    const server = await startPostgres();
    onTestFinished(() => server.remove());
    const url = `postgres://${server.user}@${server.host}:${server.port}/${server.database}`;
    const run = (args: readonly string[], store: string) =>
      pawl(temporaryFolder(), args, { variables: { PAWL_STORE: store } });

    const unready = await run(['user', 'list'], url);
    expect(unready.code).toBe(1);
    expect(unready.stderr).toMatch(/has no tables of Pawl: run the migrations, by "pawl-server migrate"/);
    expect((await run(['migrate'], url)).stderr).toMatch(
      /^Applied to postgres:\/\/127\.0\.0\.1:\d+\/postgres: /,
    );
    expect((await run(['migrate'], url)).stderr).toMatch(/^The tables in postgres:.* were up to date\.\n$/);
    expect(await run(['user', 'list'], url)).toMatchObject({ code: 0, stdout: '' });

    const printed = await run(['migrate', '--print'], `${url}?schema=by_hand`);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(printed.stdout);
    await client.end();
    expect(await run(['user', 'list'], `${url}?schema=by_hand`)).toMatchObject({ code: 0, stdout: '' });
    expect((await run(['migrate'], `${url}?schema=by_hand`)).stderr).toContain('were up to date');
  });
});
