import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import express from 'express';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cookieNamesOf, type Handler } from '../../src/http/index.js';
import { basic, openStream } from './event-stream.js';
import { clientSecret, cookieHeader, cookiesOf, type LoginBody } from './harness.js';
import { expressMounts } from './mounts/express.js';
import { fastifyMounts } from './mounts/fastify.js';
import { type MountedHarness, startMounted } from './mounts/harness.js';
import { honoMounts } from './mounts/hono.js';
import { koaMounts } from './mounts/koa.js';
import type { Mount } from './mounts/mount.js';

const mounts: readonly Mount[] = [
  { name: 'node:http', listener: (auth) => (request, response) => void auth.node(request, response) },
  ...expressMounts,
  ...fastifyMounts,
  ...koaMounts,
  ...honoMounts,
];

const credentials = { username: 'ada', password: 'correct' };

let mounted: MountedHarness;

afterEach(() => mounted.close());

function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return mounted.send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

async function login(): Promise<LoginBody> {
  return (await (await post('/auth/login', credentials)).json()) as LoginBody;
}

describe.each(mounts)('mounted in $name', ({ listener }) => {
  beforeEach(async () => {
    mounted = await startMounted(listener);
  });

  test('JSON is read, and a wrong password is still wrong', async () => {
    expect((await login()).token_type).toBe('Bearer');
    const wrong = await post('/auth/login', { ...credentials, password: 'guess' });
    expect(wrong.status).toBe(401);
  });

  test('both cookies of a login arrive, and both of a refresh', async () => {
    const origin = { origin: mounted.origin };
    const response = await post('/auth/login', { ...credentials, transport: 'cookie' }, origin);
    const own = [...cookiesOf(response).keys()].filter((name) => name.startsWith('__Host-'));
    const { refresh, access } = cookieNamesOf(`${mounted.origin}/auth`);
    expect(own).toEqual([refresh, access]);
    const refreshed = await post('/auth/refresh', {}, { ...origin, cookie: cookieHeader(response) });
    expect(refreshed.headers.get('pawl-refresh')).toBe('rotated');
    expect(cookiesOf(refreshed).get(refresh)?.value).toMatch(/^prt_/);
    expect(cookiesOf(refreshed).get(access)?.value).toMatch(/^eyJ/);
  });

  test('a form is read', async () => {
    const { refresh_token: token } = await login();
    const response = await mounted.send('/auth/token', {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }),
    });
    expect(response.headers.get('pawl-refresh')).toBe('rotated');
  });

  test('a repeated parameter of a form is refused', async () => {
    const { refresh_token: token } = await login();
    const response = await mounted.send('/auth/token', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `grant_type=refresh_token&refresh_token=${token}&refresh_token=${token}`,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('The parameter \\"refresh_token\\" is repeated.');
  });

  test('a call without a body is answered', async () => {
    const { access_token: token } = await login();
    const response = await mounted.send('/auth/sessions/revoke-all', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(204);
    const again = await mounted.send('/auth/userinfo', { headers: { authorization: `Bearer ${token}` } });
    expect(again.status).toBe(401);
    expect(again.headers.get('www-authenticate')).toContain('invalid_token');
  });

  test('HEAD has the headers of GET and no body; OPTIONS and unknown methods name what is allowed', async () => {
    const head = await mounted.send('/auth/jwks.json', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
      200,
      'application/json',
      '',
    ]);
    const options = await mounted.send('/auth/jwks.json', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([405, 'HEAD, GET']);
    const put = await mounted.send('/auth/login', { method: 'PUT', body: '{}' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('revocations arrive one by one while the answer is open', async () => {
    const address = `${mounted.origin}/auth/revocations`;
    const stream = await openStream(address, { authorization: basic('api', clientSecret) });
    expect(stream.response.headers['content-type']).toBe('text/event-stream');
    await stream.nextNamed('complete');
    for (const subject of ['ada', 'bob']) {
      await mounted.authority.revokeSubject(subject);
      expect((await stream.next())?.data).toContain(`"${subject}"`);
    }
  });

  test('the metadata names addresses below the prefix that answer', async () => {
    const metadata = await mounted.send('/auth/.well-known/openid-configuration?x=1');
    const { jwks_uri: address } = (await metadata.json()) as { readonly jwks_uri: string };
    expect(address).toBe(`${mounted.origin}/auth/jwks.json`);
    expect((await fetch(address)).status).toBe(200);
  });
});

describe('a body that somebody else has read', () => {
  test('and kept nothing of is a clear error, not a wait without end', async () => {
    mounted = await startMounted(
      (auth) => (request, response) => void text(request).then(() => auth.node(request, response)),
    );
    const response = await post('/auth/login', credentials);
    expect([response.status, await response.json()]).toEqual([
      500,
      {
        error: 'server_error',
        error_description:
          'The server read the request body before it reached this address, and kept nothing of it.',
      },
    ]);
    expect(mounted.errors).toEqual([expect.objectContaining({ code: 'body_consumed' })]);
  });

  test('as a web-standard request and not handed over is the same error', async () => {
    const unused = { fetch: null as Handler['fetch'] | null };
    mounted = await startMounted((auth) => {
      unused.fetch = (request) => auth.fetch(request);
      return () => undefined;
    });
    const request = new Request(`${mounted.origin}/auth/login`, { method: 'POST', body: '{}' });
    await request.text();
    expect((await unused.fetch?.(request))?.status).toBe(500);
    expect(mounted.errors).toEqual([expect.objectContaining({ code: 'body_consumed' })]);
  });

  test('is no longer than one that we read', async () => {
    mounted = await startMounted((auth) =>
      express().use(express.json(), (request, response) => auth.node(request, response)),
    );
    const response = await post('/auth/login', { ...credentials, device: 'x'.repeat(70_000) });
    expect(response.status).toBe(413);
  });

  test('gives no parameter that its text did not name', async () => {
    mounted = await startMounted((auth) =>
      express().use(express.urlencoded({ extended: true }), (request, response) =>
        auth.node(request, response),
      ),
    );
    const response = await mounted.send('/auth/token', {
      method: 'POST',
      body: new URLSearchParams({ 'grant_type[a]': 'refresh_token', refresh_token: 'x' }),
    });
    expect(await response.text()).toContain('The parameter \\"grant_type\\" is missing.');
  });
});

test('a caller who leaves before the handler is called holds nothing up', async () => {
  let answered: () => void;
  const done = new Promise<void>((resolve) => (answered = resolve));
  mounted = await startMounted((auth) => (request, response) => {
    request.once('close', () => void auth.node(request, response).then(answered));
  });
  const socket = connect(Number(new URL(mounted.origin).port), '127.0.0.1');
  socket.end(
    'POST /auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
  );
  await done;
});
