import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { waitUntil } from '../../../testbed/src/wait-until.js';
import { pawl, startServer, temporaryFolder } from './server-process.js';

// Made of characters that no word of a log line holds.
const masterKey = 'kX9vQ2mB7zJcW4tY5nL8pR3wZ6yD1fH4jS0aG-xU_eE';
const clientSecret = 'Vq7-Zx3_Kj9Wm5Yt2Bn8';
const password = 'Hq4 Xz8 Jw2 Vk6';
const wrongPassword = 'Gy5 Qj1 Zt9 Xb3';
const jwtHeaderAndPayload = 2;

/** `prt_`, and behind it version, key id, session id, generation and fork: none of them secret. */
const publicRefreshCharacters = 4 + 32;
/** `pst_`, and behind it version, key id and session id. */
const publicSessionCharacters = 4 + 26;
const leakCharacters = 8;

/** Every eight characters of a text in a row. */
function pieces(secret: string): string[] {
  return Array.from({ length: secret.length - leakCharacters + 1 }, (_, i) =>
    secret.slice(i, i + leakCharacters),
  );
}

function expectNoneIn(everything: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(leakCharacters);
    for (const piece of pieces(secret)) expect(everything.includes(piece), `a secret's ${piece}`).toBe(false);
  }
}

test('no log line, event, error, metric or printout contains a secret or eight characters of one', async () => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, 'clients.json'),
    JSON.stringify([{ client_id: 'api', client_secret: clientSecret }]),
  );
  const variables = {
    PAWL_MASTER_KEY: masterKey,
    PAWL_CLIENTS_FILE: 'clients.json',
    PAWL_POLICY: 'strict',
    PAWL_LOG_LEVEL: 'debug',
  };
  const seen: string[] = [];
  const command = async (args: readonly string[], input = ''): Promise<void> => {
    const { stdout, stderr } = await pawl(folder, args, { input, variables });
    seen.push(stdout, stderr);
  };
  await command(['user', 'add', 'alice'], `${password}\n`);
  const server = await startServer(folder, variables);
  const refuse = async (path: string, body: unknown, headers = {}): Promise<void> => {
    const answer = await server.post(path, body, headers);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    seen.push(await answer.text(), JSON.stringify([...answer.headers]));
  };

  const first = await server.login('alice', password);
  const second = (await (
    await server.post('/refresh', { refresh_token: first.refresh_token })
  ).json()) as typeof first;
  await refuse('/refresh', { refresh_token: first.refresh_token });
  await refuse('/refresh', { refresh_token: second.refresh_token });
  await refuse('/refresh', { refresh_token: `${second.refresh_token.slice(0, -1)}!` });
  await refuse('/login', { username: 'alice', password: wrongPassword });
  await refuse('/login', { username: password, password: wrongPassword });
  await refuse('/login', { username: 'alice', password: [wrongPassword] });
  await refuse('/introspect', {}, { authorization: `Basic ${btoa(`api:${clientSecret}x`)}` });
  for (const token of [first, second]) {
    const answer = await server.get('/userinfo', token.access_token);
    seen.push(await answer.text(), JSON.stringify([...answer.headers]));
  }
  seen.push(await (await fetch(`${server.address}/metrics`)).text());
  await command(['config']);
  await command(['config', '--json']);
  await command(['events', '--json']);
  await command(['sessions', 'list']);
  await command(['keys', 'list', '--json']);
  await command(['doctor']);
  await command(['user', 'list', '--json']);
  await command(['help']);
  expect(await server.stop()).toBe(0);
  seen.push(server.output.stdout, server.output.stderr);
  const everything = seen.join('\n');
  expect(everything).toContain('session.reused');
  expect(everything).toContain('login.failed');

  const secrets = [
    masterKey,
    clientSecret,
    password,
    wrongPassword,
    ...[first, second].flatMap((token) => [
      token.refresh_token.slice(publicRefreshCharacters),
      token.access_token.split('.')[jwtHeaderAndPayload] ?? '',
    ]),
  ];
  expectNoneIn(everything, secrets);
});

test('nor one of a session token, where sessions are looked up', async () => {
  const folder = temporaryFolder();
  const variables = { PAWL_MASTER_KEY: masterKey, PAWL_MODE: 'session', PAWL_LOG_LEVEL: 'debug' };
  const seen: string[] = [];
  const command = async (args: readonly string[], input = ''): Promise<void> => {
    const { stdout, stderr } = await pawl(folder, args, { input, variables });
    seen.push(stdout, stderr);
  };
  const note = async (answer: Response): Promise<number> => {
    seen.push(await answer.text(), JSON.stringify([...answer.headers]));
    return answer.status;
  };
  await command(['user', 'add', 'alice'], `${password}\n`);
  const server = await startServer(folder, variables);
  const login = async (): Promise<string> => {
    const answer = await server.post('/login', { username: 'alice', password });
    return ((await answer.json()) as { readonly session_token: string }).session_token;
  };
  const tokens = [await login(), await login()] as const;
  const [first, second] = tokens;
  expect(await note(await server.get('/userinfo', first))).toBe(200);
  expect(await note(await server.get('/sessions', first))).toBe(200);
  expect(await note(await server.get('/userinfo', `${first.slice(0, -1)}!`))).toBe(401);
  expect(await note(await server.post('/refresh', { refresh_token: first }))).toBe(400);
  expect(await note(await server.post('/login', { username: first, password: wrongPassword }))).toBe(401);
  await command(['revoke-subject', 'alice']);
  await waitUntil(
    'the end reaches the server',
    async () => (await note(await server.get('/userinfo', second))) === 401,
  );
  seen.push(await (await fetch(`${server.address}/metrics`)).text());
  for (const args of [['sessions', 'list', 'alice'], ['events', '--json'], ['config', '--json'], ['doctor']])
    await command(args);
  expect(await server.stop()).toBe(0);
  seen.push(server.output.stdout, server.output.stderr);
  const everything = seen.join('\n');
  expect(everything).toContain('session.created');
  expect(everything).toContain('subject.revoked');
  expectNoneIn(everything, [
    ...[masterKey, password, wrongPassword],
    ...tokens.map((token) => token.slice(publicSessionCharacters)),
  ]);
});
