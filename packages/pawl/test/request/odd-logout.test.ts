import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Harness, startHarness } from '../http/harness.js';
import { type Line, type RawServer, startRawServer } from './raw-http.js';
import { names, origin } from './scene.js';

let harness: Harness<'session'>;
let server: RawServer;

beforeAll(async () => {
  harness = await startHarness<'session'>('fetch', { issuer: origin, mode: 'session' });
  const { handler } = harness;
  server = await startRawServer((request, response) => handler.node(request, response));
});

afterAll(async () => {
  await server.close();
  await harness.close();
});

const bearer = (token: string): Line => ['authorization', `Bearer ${token}`];
const cookie = (token: string): Line => ['cookie', `${names.session}=${token}`];
const basic: Line = ['authorization', 'Basic YWRhOng='];
const bodyOf = (token: string): string => JSON.stringify({ session_token: token });

/** What is sent with the token of a session, the status of the answer, and whether the session has ended then. */
const rows: Readonly<
  Record<
    string,
    readonly [status: number, ended: boolean, (token: string) => readonly [readonly Line[], string]]
  >
> = {
  'a token in the header': [204, true, (token) => [[bearer(token)], '']],
  'a token in the body': [204, true, (token) => [[], bodyOf(token)]],
  'a token in the body and a foreign scheme': [204, true, (token) => [[basic], bodyOf(token)]],
  'a cookie from the own page': [204, true, (token) => [[cookie(token), ['origin', origin]], '']],
  'a cookie from the own page and a foreign scheme': [
    204,
    true,
    (token) => [[basic, cookie(token), ['origin', origin]], ''],
  ],
  'a token in two headers': [400, false, (token) => [[bearer(token), bearer(token)], '']],
  'a token and a foreign scheme in two headers': [400, false, (token) => [[bearer(token), basic], '']],
  'a token in the header and in the body': [400, false, (token) => [[bearer(token)], bodyOf(token)]],
  'two headers and a token in the body': [400, false, (token) => [[basic, basic], bodyOf(token)]],
  'two headers and a cookie': [
    400,
    false,
    (token) => [[basic, basic, cookie(token), ['origin', origin]], ''],
  ],
  'a cookie from a foreign page': [
    403,
    false,
    (token) => [[cookie(token), ['origin', 'https://evil.example']], ''],
  ],
  'a cookie that does not say from where': [403, false, (token) => [[cookie(token)], '']],
  nothing: [400, false, () => [[], '']],
};

test.each(
  Object.entries(rows),
)('a logout with %s ends the session or leaves it alone', async (_name, row) => {
  const [status, ended, make] = row;
  const login = await harness.authority.login({ subject: 'ada' });
  if (!login.granted) throw new Error('not granted');
  const { sessionToken } = login.tokens;
  const [lines, body] = make(sessionToken);
  const answer = await server.send({ method: 'POST', target: '/logout', lines, body });
  expect(answer.status).toBe(status);
  expect(JSON.stringify([answer.lines, answer.body])).not.toContain(sessionToken.slice(0, 20));
  const { valid } = await harness.authority.verify(sessionToken);
  expect(valid).toBe(!ended);
});
