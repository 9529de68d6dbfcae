import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../../packages/server/test/server-process.js';
import { anAccountId, userPassword } from '../../packages/server/test/server-with-user.js';
import { requireDebianPackage } from '../../testbed/src/program.js';
import { temporaryFolder } from '../../testbed/src/temporary-folder.js';
import { type LineProgram, startLineProgram } from './line-program.js';
import { type Client, confidentialClients, publicClient, startStrict } from './oauth-clients.js';
import { runProgram } from './run-program.js';

const source = fileURLToPath(new URL('go-client/main.go', import.meta.url));

let client: LineProgram;

/** Built as Debian means it: from the sources of its packages, with nothing of the network. */
beforeAll(async () => {
  for (const name of ['golang-go', 'golang-golang-x-oauth2-dev'] as const) requireDebianPackage(name);
  const folder = temporaryFolder('go');
  const program = path.join(folder, 'go-client');
  await runProgram('/usr/bin/go', ['build', '-o', program, source], {
    variables: { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOCACHE: path.join(folder, 'cache') },
  });
  client = startLineProgram(program, []);
});

afterAll(() => client.end());

interface Answer {
  readonly sub?: string;
  readonly token?: string;
  readonly error?: string;
}

/** A call with a refresh token and an access token that is over. */
async function call(
  { address: issuer }: RunningServer,
  as: Client,
  token: string | undefined,
): Promise<Answer> {
  return JSON.parse(await client.ask(JSON.stringify({ issuer, ...as, token }))) as Answer;
}

describe('golang.org/x/oauth2', () => {
  test.each([
    publicClient,
    ...confidentialClients,
  ])('refreshes by itself before a call, as a client by $method', async (as) => {
    const server = await startStrict(...(as.secret === undefined ? [] : [as]));
    const { refresh_token: first } = await server.login('alice', userPassword);
    const second = await call(server, as, first);
    const third = await call(server, as, second.token);
    expect([second.sub, third.sub]).toEqual([anAccountId, second.sub]);
    expect(new Set([first, second.token, third.token]).size).toBe(3);
    expect(await call(server, as, first)).toEqual({ error: 'invalid_grant' });
  });

  test.each(confidentialClients)('is told that a secret is wrong, by $method', async (as) => {
    const server = await startStrict(as);
    const { refresh_token: token } = await server.login('alice', userPassword);
    const refused = await call(server, { ...as, secret: 'the-difference-engine-1822' }, token);
    expect(refused).toEqual({ error: 'invalid_client' });
    expect(await call(server, as, token)).toMatchObject({ sub: anAccountId });
  });
});
