import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../../../../testbed/src/postgres-server.js';
import { ask } from '../../../../testbed/src/redis-cluster.js';
import { redis } from '../private-redis.js';
import { pawl, temporaryFolder, type Variables } from '../server-process.js';
import { startWithUser, userPassword } from '../server-with-user.js';

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
    const variables = { PAWL_STORE_FILE: file, PAWL_LOG_LEVEL: 'debug', PAWL_STORE_DEADLINE_SECONDS: '3' };
    await command(['migrate'], variables);
    await Promise.all([
      ...[['config'], ['config', '--json'], ['doctor'], ['user', 'list'], ['help']].map((args) =>
        command(args, variables),
      ),
      command(['user', 'list', '--store', store], {}),
      command(['user', 'list'], { ...variables, PAWL_STORE: store }),
    ]);
    const server = await startWithUser(folder, variables);
    const { refresh_token } = await server.login('alice', userPassword);
    await breakStore();
    expect((await server.post('/refresh', { refresh_token })).status).toBe(503);
    const wrong = { PAWL_STORE: store.replace(password, `${password}x`) };
    await Promise.all(
      [variables, wrong].flatMap((those) => [command(['doctor'], those), command(['user', 'list'], those)]),
    );
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
