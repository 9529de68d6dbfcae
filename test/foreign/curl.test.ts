import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type RunningServer, temporaryFolder } from '../../packages/server/test/server-process.js';
import { anAccountId, startWithUser, userPassword } from '../../packages/server/test/server-with-user.js';
import { requireProgram } from '../../testbed/src/program.js';
import { runProgram } from './run-program.js';

const client = { id: 'orders', secret: 'nine-geared-wheels-1843' };
const credentials = { username: 'alice', password: userPassword };

interface Answer {
  readonly status: number;
  readonly body: string;
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

async function curl(url: string, ...args: readonly string[]): Promise<Answer> {
  const options = ['--silent', '--show-error', '--max-time', '60', '--write-out', '\n%{http_code}'];
  const output = await runProgram(requireProgram('curl'), [...options, ...args, url]);
  const at = output.lastIndexOf('\n');
  return { status: Number(output.slice(at + 1)), body: output.slice(0, at) };
}

const asJson = (body: object): readonly string[] => ['--json', JSON.stringify(body)];
const bearer = (token: string): readonly string[] => ['--oauth2-bearer', token];

function tokensOf({ status, body }: Answer): Tokens {
  expect(status).toBe(200);
  return JSON.parse(body) as Tokens;
}

async function start(): Promise<RunningServer> {
  return startWithUser(temporaryFolder(), {
    PAWL_POLICY: 'strict',
    PAWL_CLIENTS: JSON.stringify([{ client_id: client.id, client_secret: client.secret }]),
  });
}

describe('curl', () => {
  test('logs in, refreshes and logs out with tokens in the body', async () => {
    const { address } = await start();
    const call = (token: string): Promise<Answer> => curl(`${address}/userinfo`, ...bearer(token));
    const login = tokensOf(await curl(`${address}/login`, ...asJson(credentials)));
    const next = tokensOf(
      await curl(`${address}/refresh`, ...asJson({ refresh_token: login.refresh_token })),
    );
    expect(JSON.parse((await call(next.access_token)).body)).toMatchObject({ preferred_username: 'alice' });
    const logout = await curl(`${address}/logout`, ...asJson({ refresh_token: next.refresh_token }));
    expect(logout).toEqual({ status: 204, body: '' });
    expect((await call(next.access_token)).status).toBe(401);
    const late = await curl(`${address}/refresh`, ...asJson({ refresh_token: next.refresh_token }));
    expect([late.status, JSON.parse(late.body)]).toMatchObject([400, { error: 'invalid_grant' }]);
  });

  test('logs in, refreshes and logs out with a cookie jar, from the own origin only', async () => {
    const { address } = await start();
    const jar = path.join(temporaryFolder(), 'cookies');
    const withJar = (endpoint: string, ...args: readonly string[]): Promise<Answer> =>
      curl(address + endpoint, '--cookie', jar, '--cookie-jar', jar, ...args);
    const own = ['--header', `origin: ${address}`];
    const me = (): Promise<Answer> => withJar('/userinfo');
    const login = await withJar('/login', ...own, ...asJson({ ...credentials, transport: 'cookie' }));
    expect([login.status, login.body.includes('prt_')]).toEqual([200, false]);
    expect((await me()).status).toBe(200);
    for (const foreign of [[], ['--header', 'origin: https://evil.example']]) {
      expect((await withJar('/refresh', '--request', 'POST', ...foreign)).status).toBe(403);
    }
    for (let refreshes = 0; refreshes < 3; refreshes += 1) {
      expect((await withJar('/refresh', '--request', 'POST', ...own)).status).toBe(200);
    }
    expect(JSON.parse((await me()).body)).toMatchObject({ sub: anAccountId, preferred_username: 'alice' });
    expect((await withJar('/logout', '--request', 'POST', ...own)).status).toBe(204);
    expect((await me()).status).toBe(401);
    // The cookies are gone from the jar: there is nothing to refresh.
    expect((await withJar('/refresh', '--request', 'POST', ...own)).status).toBe(400);
  });

  test('introspects and revokes with Basic credentials', async () => {
    const { address } = await start();
    const login = tokensOf(await curl(`${address}/login`, ...asJson(credentials)));
    const withToken = ['--data-urlencode', `token=${login.access_token}`];
    const introspect = (user: string): Promise<Answer> =>
      curl(`${address}/introspect`, '--user', user, ...withToken);
    const known = `${client.id}:${client.secret}`;
    const answer = await introspect(known);
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([200, { active: true, sub: anAccountId }]);
    for (const unknown of [`${known}x`, `other:${client.secret}`]) {
      expect((await introspect(unknown)).status).toBe(401);
    }
    const revoked = await curl(`${address}/revoke`, '--data-urlencode', `token=${login.refresh_token}`);
    expect(revoked).toEqual({ status: 200, body: '{}' });
    expect(JSON.parse((await introspect(known)).body)).toEqual({ active: false });
  });

  test('redeems refresh tokens at the token endpoint, and a retired one no more', async () => {
    const { address } = await start();
    const redeem = (token: string): Promise<Answer> =>
      curl(
        `${address}/token`,
        ...['--data', 'grant_type=refresh_token', '--data', 'client_id=first-party'],
        ...['--data-urlencode', `refresh_token=${token}`],
      );
    const first = tokensOf(await curl(`${address}/login`, ...asJson(credentials)));
    const second = tokensOf(await redeem(first.refresh_token));
    expect(second.refresh_token).not.toBe(first.refresh_token);
    tokensOf(await redeem(second.refresh_token));
    const retired = await redeem(first.refresh_token);
    expect([retired.status, JSON.parse(retired.body)]).toMatchObject([400, { error: 'invalid_grant' }]);
  });
});
