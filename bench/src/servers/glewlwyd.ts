/**
 * Glewlwyd, a server in C, as Debian packages it, over SQLite: its OpenID Connect plugin with refresh tokens of one use,
 * ES256 access tokens as JWT, no scope `openid` and so no ID token. This process starts the server and sets it up by its
 * HTTP interface. Sessions begin with the password grant, which takes a client with a secret; the client is made public
 * afterwards, so that no refresh checks one.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { freePort } from '../../../testbed/src/free-port.js';
import { ServerProcess } from '../../../testbed/src/server-process.js';
import { cpuMicrosecondsOfTree, residentBytesOfTree } from '../process-usage.js';
import { required } from '../required.js';
import { administrator, writeGlewlwydFiles } from './glewlwyd-files.js';
import { obeyOrders, type Running } from './orders.js';
import type { Start } from './messages.js';

const clientId = 'first-party';
const startSeconds = 20;

const client = {
  client_id: clientId,
  name: clientId,
  enabled: true,
  authorization_type: ['password', 'refresh_token'],
  token_endpoint_auth_method: ['client_secret_basic'],
  redirect_uri: ['https://app.example.test/callback'],
  scope: ['api'],
};

obeyOrders(async ({ sessions, folder }: Start): Promise<Running> => {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const configuration = await writeGlewlwydFiles(folder, port);
  const server = await ServerProcess.start({
    program: 'glewlwyd',
    args: [`--config-file=${configuration}`],
    // Below warnings it says nothing when it is ready: it is asked until it answers.
    readyText: 'pid ',
  });
  await untilItAnswers(server, origin);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const send = await administrate(origin);
  await send('POST', '/mod/plugin/', {
    ...{ module: 'oidc', name: 'oidc', display_name: 'oidc' },
    parameters: {
      ...{ iss: origin, 'jwt-type': 'ecdsa', 'jwt-key-size': '256' },
      key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
      cert: publicKey.export({ format: 'pem', type: 'spki' }),
      ...{ 'access-token-duration': 300, 'refresh-token-duration': 14 * 86_400, 'code-duration': 600 },
      ...{ 'refresh-token-one-use': 'always', 'refresh-token-rolling': true, 'allow-non-oidc': true },
      ...{ 'auth-type-password-enabled': true, 'auth-type-refresh-enabled': true },
      ...{ 'allowed-scope': ['openid'], 'jwks-show': true },
    },
  });
  await send('POST', '/scope/', { name: 'api', display_name: 'api', password_required: true });
  const secret = randomBytes(16).toString('hex');
  await send('POST', '/client/', { ...client, confidential: true, password: secret });
  const subjects = Array.from({ length: sessions }, (_, index) => `user-${index}`);
  const refreshTokens: string[] = [];
  // One after another: several logins at once it answers with 500 now and then.
  for (const name of subjects) refreshTokens.push(await logIn(origin, send, name, secret));
  await send('PUT', `/client/${clientId}`, { ...client, confidential: false });
  return {
    ...{ port, origin, refreshTokens, publicKey: publicKey.export({ format: 'jwk' }) },
    usage: () => ({
      cpuMicroseconds: cpuMicrosecondsOfTree(server.pid),
      residentBytes: residentBytesOfTree(server.pid),
    }),
    stop: () => server.end(),
  };
});

type Send = (method: string, path: string, body: object) => Promise<void>;

async function untilItAnswers(server: ServerProcess, origin: string): Promise<void> {
  for (const deadline = performance.now() + startSeconds * 1000; performance.now() < deadline; ) {
    const answered = await fetch(origin).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`glewlwyd did not answer:\n${server.output}`);
}

async function administrate(origin: string): Promise<Send> {
  const api = `${origin}/api`;
  const headers = { 'content-type': 'application/json' };
  const login = await fetch(`${api}/auth`, { method: 'POST', headers, body: JSON.stringify(administrator) });
  const cookie = required(login.headers.getSetCookie()[0]?.split(';')[0]);
  return async (method, path, body) => {
    const answer = await fetch(api + path, {
      method,
      headers: { ...headers, cookie },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`glewlwyd answered ${method} ${path} with ${answer.status}`);
  };
}

async function logIn(origin: string, send: Send, username: string, secret: string): Promise<string> {
  const password = randomBytes(16).toString('hex');
  await send('POST', '/user/', { username, name: username, password, scope: ['api'], enabled: true });
  const answer = await fetch(`${origin}/api/oidc/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'password', username, password, scope: 'api' }),
  });
  if (!answer.ok) throw new Error(`glewlwyd answered a login with ${answer.status}`);
  return ((await answer.json()) as { readonly refresh_token: string }).refresh_token;
}
