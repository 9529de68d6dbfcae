import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuthorityOptions, PawlEvent } from '../../src/index.js';
import type { HandlerOptions, SignedIn, SignIn } from '../../src/http/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { PawlError } from '../../src/errors.js';
import { interceptStore } from '../authority/intercepted-store.js';
import { createProofKey, makeProof } from '../proof/proof-maker.js';
import { cookieHeader, type Harness, type LoginBody, startHarness } from './harness.js';

const issuer = 'https://auth.example';
const ada: SignIn = { subject: 'ada', amr: ['hwk'], transport: 'cookie' };

let harness: Harness;
let events: PawlEvent[];

async function start(options: Partial<AuthorityOptions> = {}, more: Partial<HandlerOptions> = {}) {
  harness = await startHarness('fetch', { issuer, ...options }, more);
  events = [];
  harness.authority.subscribe((event) => void events.push(event));
}

beforeEach(() => start());
afterEach(() => harness.close());

function requestTo(path: string, headers: Record<string, string> = {}): Request {
  return new Request(issuer + path, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin', ...headers },
  });
}

const signIn = (login: SignIn, headers: Record<string, string> = {}, path = '/passkey'): Promise<SignedIn> =>
  harness.handler.signIn(requestTo(path, headers), login);

/** The cookies that a browser has after an answer. */
const cookieOf = ({ headers }: SignedIn): string => cookieHeader(new Response(null, { headers }));

/** What differs from one login to the next is left out. */
function shapeOf(headers: Headers): string[] {
  return [...headers]
    .map(([name, value]) => `${name}: ${value.replace(/[\w.-]{30,}|"[^"]{20,}"|\d+/g, '…')}`)
    .filter((line) => /^(?:set-cookie|secure-session|cache-control)/.test(line))
    .sort();
}

describe('signIn gives what POST /login gives', () => {
  test.each([
    ['by cookie', { transport: 'cookie' }],
    ['by cookie, to be forgotten', { transport: 'cookie', remember: false }],
    ['in the body', { transport: 'body' }],
  ] as const)('%s', async (_, how) => {
    const login = await harness.post(
      '/login',
      { username: 'ada', password: 'correct', ...how },
      { origin: issuer },
    );
    const { sessionId, headers, body } = await signIn({ ...ada, ...how });
    expect(shapeOf(headers)).toEqual(shapeOf(login.headers));
    const expected = (await login.json()) as LoginBody;
    expect(Object.keys(body)).toEqual(Object.keys(expected));
    expect(body).toMatchObject({ token_type: expected.token_type, session_id: sessionId });
  });

  test('with the lifetimes, scope, methods and device of the login', async () => {
    const login = {
      ...ada,
      scope: 'files',
      acr: 'gold',
      idleSeconds: 600,
      absoluteSeconds: 1200,
      device: ' phone\u202e ',
    };
    const { sessionId, body } = await signIn({ ...login, transport: 'body' });
    const session = await harness.authority.findSession(sessionId);
    expect(session).toMatchObject({ subject: 'ada', device: 'phone', expiresAt: harness.clock.now() + 600 });
    const verified = await harness.authority.verify((body as LoginBody).access_token);
    expect(verified).toMatchObject({ claims: { scope: 'files', amr: ['hwk'], acr: 'gold' } });
  });

  test('in session mode too', async () => {
    await harness.close();
    await start({ mode: 'session' as 'tokens' });
    const { headers } = await signIn(ada);
    expect(headers.getSetCookie()).toHaveLength(1);
    const { body } = await signIn({ ...ada, transport: 'body' });
    expect(body).toHaveProperty('session_token');
  });

  test('and the guard takes its cookie', async () => {
    const cookie = cookieOf(await signIn(ada));
    const admitted = await harness.handler.verify(requestTo('/orders', { cookie }));
    expect(admitted).toMatchObject({ ok: true, session: { subject: 'ada' } });
  });

  test('bound to the key of a proof for the own address', async () => {
    const key = createProofKey();
    const at = harness.clock.now();
    const dpop = await makeProof(key, { method: 'POST', url: `${issuer}/passkey`, at });
    const { body } = await signIn({ ...ada, transport: 'body' }, { dpop });
    expect(body.token_type).toBe('DPoP');
    const elsewhere = await makeProof(key, { method: 'POST', url: `${issuer}/other`, at });
    await expect(signIn({ ...ada, transport: 'body' }, { dpop: elsewhere })).rejects.toMatchObject({
      code: 'invalid_dpop_proof',
    });
  });
});

describe('a second signIn in the same browser', () => {
  test('goes on in the session of the same subject', async () => {
    const before = await signIn(ada);
    const after = await signIn({ ...ada, amr: ['hwk', 'otp'] }, { cookie: cookieOf(before) });
    expect(after.sessionId).toBe(before.sessionId);
    expect(events.map(({ type }) => type)).toEqual(['session.created', 'session.reauthenticated']);
    expect(await harness.authority.listSessions('ada')).toHaveLength(1);
  });

  test('ends the session of another one', async () => {
    const before = await signIn(ada);
    const after = await signIn({ ...ada, subject: 'bob' }, { cookie: cookieOf(before) });
    expect(after.sessionId).not.toBe(before.sessionId);
    expect(events).toContainEqual(expect.objectContaining({ type: 'session.revoked', cause: 'replaced' }));
    expect(await harness.authority.listSessions('ada')).toEqual([]);
  });
});

describe('a request from elsewhere', () => {
  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling', { 'sec-fetch-site': 'same-site' }],
    ['a mail or the address bar', { 'sec-fetch-site': 'none' }],
    ['another origin', { 'sec-fetch-site': '', origin: 'https://evil.example' }],
    ['who says nothing', { 'sec-fetch-site': '' }],
  ])('of %s sets no cookie and begins nothing', async (_, given) => {
    const headers = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
    const request = new Request(`${issuer}/passkey`, { method: 'POST', headers });
    await expect(harness.handler.signIn(request, ada)).rejects.toMatchObject({ code: 'cross_site_request' });
    expect(events).toEqual([]);
    const allowed = await harness.handler.signIn(request, { ...ada, dangerouslyAllowCrossSite: true });
    expect(allowed.headers.getSetCookie()).toHaveLength(2);
    // Tokens in the body say nothing to the page of another site.
    expect((await harness.handler.signIn(request, { ...ada, transport: 'body' })).body).toHaveProperty(
      'access_token',
    );
  });
});

describe('the address of the caller', () => {
  const addresses = (): unknown[] => events.map((event) => ('address' in event ? event.address : undefined));

  test('of a web-standard request is the one that is handed in', async () => {
    await signIn({ ...ada, address: '192.0.2.7' });
    await signIn(ada);
    expect(addresses()).toEqual(['192.0.2.7', null]);
  });

  test('of a Node request is that of its socket, as clientAddress reads it', async () => {
    await harness.close();
    await start({}, { clientAddress: (peer, forwarded) => `${String(peer)} for ${String(forwarded)}` });
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/passkey`;
    const answered = fetch(url, {
      headers: { 'sec-fetch-site': 'same-origin', 'x-forwarded-for': '192.0.2.8' },
    });
    const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
    const { headers } = await harness.handler.signIn(request, ada);
    for (const [name, value] of headers) response.appendHeader(name, value);
    response.writeHead(204).end();
    expect((await answered).headers.getSetCookie()).toHaveLength(2);
    expect(addresses()).toEqual(['127.0.0.1 for 192.0.2.8']);
    server.close();
    server.closeAllConnections();
  });
});

describe('what cannot be', () => {
  test.each<[string, object, string, string]>([
    ['an unknown member', { transprot: 'cookie' }, 'option_invalid', '"transprot" is not an option'],
    ['no subject', { subject: '' }, 'invalid_request', '"subject" must be'],
    ['a subject that is no text', { subject: 7 }, 'invalid_request', '"subject" must be'],
    [
      'another transport',
      { transport: 'cookies' },
      'invalid_request',
      '"transport" must be "body" or "cookie"',
    ],
    ['a flag as a text', { remember: 'yes' }, 'invalid_request', '"remember" must be true or false'],
    [
      'a loud flag as a text',
      { dangerouslyAllowCrossSite: 'no' },
      'invalid_request',
      'must be true or false',
    ],
    ['a device that is no text', { device: 7 }, 'invalid_request', '"device" must be a text'],
    ['a scope with a quote', { scope: '"' }, 'invalid_request', '"scope" must be'],
  ])('%s is refused by its name, and begins nothing', async (_, given, code, message) => {
    const refused = signIn({ ...ada, ...given });
    await expect(refused).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
    expect(events).toEqual([]);
  });

  test('a subject that was revoked since its epoch was read is refused as after a wrong password', async () => {
    const epoch = await harness.authority.epochOf('ada');
    await harness.authority.revokeSubject('ada');
    await expect(signIn({ ...ada, epoch })).rejects.toMatchObject({ code: 'invalid_credentials' });
    expect(await harness.authority.listSessions('ada')).toEqual([]);
  });

  test('a store that is down is told as such', async () => {
    await harness.close();
    const store = createMemoryStore();
    const down = new PawlError('store_unavailable', 'down');
    const intercepted = interceptStore(store, (method, perform) =>
      method === 'sessions.create' ? Promise.reject(down) : perform(),
    );
    await start({ store: intercepted });
    await expect(signIn(ada)).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
