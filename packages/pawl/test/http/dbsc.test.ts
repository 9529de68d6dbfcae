import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuthorityOptions } from '../../src/authority/options.js';
import type { PawlEvent } from '../../src/authority/events.js';
import { Secret } from '../../src/base/secret.js';
import { openKeyRing, parseMasterKey } from '../../src/keys/index.js';
import { encodeDbscIdentifier } from '../../src/sealed/dbsc-identifier.js';
import type { StoreChange } from '../../src/stores/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { interceptStore } from '../authority/intercepted-store.js';
import { cookieHeader, cookiesOf, type Harness, startHarness } from './harness.js';
import { type BrowserKeyPair, createBrowserKey } from './software-browser.js';

const issuer = 'https://pawl.test/auth';
const sameOrigin = { 'sec-fetch-site': 'same-origin' };
const credentials = { username: 'ada', password: 'correct', transport: 'cookie' };

let harness: Harness;
let events: PawlEvent[];

beforeEach(async () => {
  events = [];
  harness = await startHarness('fetch', { issuer, onEvent: (event) => events.push(event) });
});

afterEach(async () => {
  await harness.close();
});

const post = (path: string, headers: Record<string, string>) =>
  harness.send(`/auth${path}`, { method: 'POST', headers: { ...sameOrigin, ...headers } });

interface LoggedIn {
  readonly cookie: string;
  /** The challenge of the offer to register. */
  readonly challenge: string;
  readonly sessionId: string;
}

async function login(): Promise<LoggedIn> {
  const response = await harness.post('/auth/login', credentials, sameOrigin);
  expect(response.status).toBe(200);
  const offer = response.headers.get('secure-session-registration') ?? '';
  const challenge = /^\(ES256 RS256\);path="\/auth\/dbsc\/register";challenge="([\w-]+)"$/.exec(offer)?.[1];
  const { session_id: sessionId } = (await response.json()) as { readonly session_id: string };
  return { cookie: cookieHeader(response), challenge: challenge ?? 'no challenge', sessionId };
}

/** A browser that has registered a key. */
interface Registered extends LoggedIn {
  readonly key: BrowserKeyPair;
  readonly identifier: string;
  /** The challenge that was sent with the registration. */
  readonly ahead: string;
}

async function register(key = createBrowserKey(), from?: LoggedIn): Promise<Registered> {
  const loggedIn = from ?? (await login());
  const proof = key.registration(loggedIn.challenge);
  const response = await post('/dbsc/register', {
    cookie: loggedIn.cookie,
    'secure-session-response': proof,
  });
  expect(response.status).toBe(200);
  const body = (await response.json()) as { readonly session_identifier: string };
  return { ...loggedIn, key, identifier: body.session_identifier, ahead: challengeOf(response) };
}

function challengeOf(response: Response): string {
  const header = response.headers.get('secure-session-challenge') ?? '';
  return /^"([\w-]+)";id="[\w.-]+"$/.exec(header)?.[1] ?? 'no challenge';
}

function refresh(identifier: string, proof: string | null): Promise<Response> {
  const shown = proof === null ? {} : { 'secure-session-response': proof };
  return post('/dbsc/refresh', { 'sec-secure-session-id': identifier, ...shown });
}

/** A browser whose session is bound, and the challenge that was sent with its last refresh. */
async function bound(key?: BrowserKeyPair): Promise<Registered> {
  const browser = await register(key);
  const response = await refresh(browser.identifier, browser.key.refresh(browser.ahead));
  expect(response.status).toBe(200);
  return { ...browser, ahead: challengeOf(response) };
}

const types = () => events.map(({ type }) => type).filter((type) => !type.startsWith('key.'));

describe('what a browser is told', () => {
  test('at registration: the session, its scope, and the cookie with the attributes that it is set with', async () => {
    const { cookie, challenge } = await login();
    const proof = createBrowserKey().registration(challenge, {}, { aud: 'https://pawl.test', iat: 1 });
    const response = await post('/dbsc/register', { cookie, 'secure-session-response': proof });
    const { session_identifier: identifier, ...body } = (await response.json()) as Record<string, unknown>;
    expect(identifier).toMatch(/^pbs_[\w-]+\.[\w-]+$/);
    expect(body).toEqual({
      refresh_url: '/auth/dbsc/refresh',
      scope: { origin: 'https://pawl.test', include_site: false, scope_specification: [] },
      credentials: [
        {
          type: 'cookie',
          name: harness.names.access,
          attributes: 'Path=/; Secure; HttpOnly; SameSite=Lax',
        },
      ],
    });
    expect([...cookiesOf(response)]).toEqual([
      [harness.names.access, { value: '', attributes: 'Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax' }],
    ]);
  });

  test.each([
    'ES256',
    'RS256',
  ] as const)('at a refresh: the access cookie, for its lifetime: %s', async (name) => {
    const browser = await register(createBrowserKey(name));
    const response = await refresh(browser.identifier, browser.key.refresh(browser.ahead));
    expect(response.headers.get('pawl-refresh')).toBe('rotated');
    const cookies = cookiesOf(response);
    expect(cookies.get(harness.names.refresh)?.value).toBe('');
    const { value = '', attributes = '' } = cookies.get(harness.names.access) ?? {};
    const verification = await harness.authority.verify(value);
    if (!verification.valid) throw new Error(verification.reason);
    const { iat, exp, cnf } = verification.claims;
    expect(attributes).toBe(`Max-Age=${String(exp - iat)}; Path=/; Secure; HttpOnly; SameSite=Lax`);
    expect(exp - iat).toBeGreaterThanOrEqual(285);
    // Requests by cookie come without a proof, so their token must not ask for one.
    expect(cnf).toBeUndefined();
  });

  test('at a call for a refresh: how long its access cookie is good, and no cookie', async () => {
    const browser = await register();
    const answer = await refresh(browser.identifier, browser.key.refresh(browser.ahead));
    const { value = '' } = cookiesOf(answer).get(harness.names.access) ?? {};
    const cookie = `${harness.names.access}=${value}`;
    const verification = await harness.authority.verify(value);
    if (!verification.valid) throw new Error(verification.reason);
    for (const passedSeconds of [0, 100.25, 284.5]) {
      harness.clock.set(verification.claims.iat + passedSeconds);
      const response = await post('/refresh', { cookie });
      expect(response.headers.get('pawl-refresh')).toBe('kept');
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(await response.json()).toMatchObject({
        expires_in: Math.floor(verification.claims.exp - harness.clock.now()),
      });
    }
  });

  test('the cookie of a refresh opens everything that takes a cookie, and its copy dies with it', async () => {
    const browser = await register();
    const first = await refresh(browser.identifier, browser.key.refresh(browser.ahead));
    const cookie = cookieHeader(first);
    const shown = { cookie, 'x-forwarded-method': 'GET' };
    const application = () =>
      harness.handler.verify(new Request('https://pawl.test/orders', { headers: { cookie } }));
    const statuses = async () => [
      (await harness.send('/auth/userinfo', { headers: shown })).status,
      (await harness.send('/auth/verify', { headers: shown })).status,
      (await harness.send('/auth/sessions', { headers: shown })).status,
      (await application()).ok,
    ];
    expect(await statuses()).toEqual([200, 204, 200, true]);
    expect(await application()).toMatchObject({
      session: { subject: 'ada', sessionId: browser.sessionId, boundKey: null },
    });
    harness.clock.advance(301);
    expect(await statuses()).toEqual([401, 401, 401, false]);
    // The copy has no key to go on with, and the browser has.
    expect((await refresh(browser.identifier, null)).status).toBe(403);
    const next = await refresh(browser.identifier, browser.key.refresh(challengeOf(first)));
    expect(next.status).toBe(200);
    expect((await harness.send('/auth/userinfo', { headers: { cookie: cookieHeader(next) } })).status).toBe(
      200,
    );
  });

  test('an access token from before the binding stays good for its lifetime', async () => {
    const before = await login();
    const [, token = ''] = /__Host-pawl-access-\w+=([^;]+)/.exec(before.cookie) ?? [];
    const browser = await register(createBrowserKey(), before);
    await refresh(browser.identifier, browser.key.refresh(browser.ahead));
    expect((await harness.authority.verify(token)).valid).toBe(true);
  });
});

describe('registration', () => {
  const refused: readonly (readonly [
    string,
    (from: LoggedIn, key: BrowserKeyPair) => Promise<Record<string, string>>,
  ])[] = [
    [
      'a challenge of another session',
      async ({ cookie }, key) => ({ cookie, proof: key.registration((await login()).challenge) }),
    ],
    [
      'a challenge for a refresh',
      async ({ cookie }, key) => ({ cookie, proof: key.registration((await register()).ahead) }),
    ],
    [
      'a challenge that nobody issued',
      ({ cookie }, key) => Promise.resolve({ cookie, proof: key.registration('A'.repeat(58)) }),
    ],
    ['no challenge', ({ cookie }, key) => Promise.resolve({ cookie, proof: key.registration('') })],
    [
      'a challenge that is no text',
      ({ cookie, challenge }, key) =>
        Promise.resolve({ cookie, proof: key.registration(challenge, {}, { jti: 7 }) }),
    ],
    [
      'another type',
      ({ cookie, challenge }, key) =>
        Promise.resolve({ cookie, proof: key.registration(challenge, { typ: 'dpop+jwt' }) }),
    ],
    [
      'another algorithm',
      ({ cookie, challenge }, key) =>
        Promise.resolve({ cookie, proof: key.registration(challenge, { alg: 'none' }) }),
    ],
    [
      'an extension',
      ({ cookie, challenge }, key) =>
        Promise.resolve({ cookie, proof: key.registration(challenge, { crit: ['b64'] }) }),
    ],
    [
      'a key that did not sign',
      ({ cookie, challenge }, key) =>
        Promise.resolve({ cookie, proof: key.registration(challenge, { jwk: createBrowserKey().jwk }) }),
    ],
    [
      'a private key',
      ({ cookie, challenge }, key) =>
        Promise.resolve({ cookie, proof: key.registration(challenge, { jwk: { ...key.jwk, d: 'AA' } }) }),
    ],
    ['a text that is no proof', ({ cookie }) => Promise.resolve({ cookie, proof: 'a.b.c' })],
    [
      'no cookie',
      ({ challenge }, key) => Promise.resolve({ cookie: '', proof: key.registration(challenge) }),
    ],
    [
      'cookies of another session',
      async ({ challenge }, key) => ({ cookie: (await login()).cookie, proof: key.registration(challenge) }),
    ],
  ];

  test.each(refused)('is refused with %s, and the session goes on', async (_, requestOf) => {
    const from = await login();
    const { cookie = '', proof = '' } = await requestOf(from, createBrowserKey());
    const response = await post('/dbsc/register', { cookie, 'secure-session-response': proof });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
    const rotated = await harness.post('/auth/refresh', {}, { ...sameOrigin, cookie: from.cookie });
    expect(rotated.status).toBe(200);
  });

  test('is refused without a proof, and from another site', async () => {
    const { cookie, challenge } = await login();
    expect((await post('/dbsc/register', { cookie })).status).toBe(400);
    const proof = createBrowserKey().registration(challenge);
    const headers = { cookie, 'secure-session-response': proof, 'sec-fetch-site': 'cross-site' };
    expect((await post('/dbsc/register', headers)).status).toBe(403);
  });

  test('is refused some minutes after login: a thief who rotates first cannot escape the detection of reuse by binding', async () => {
    const from = await login();
    harness.clock.advance(300);
    const key = createBrowserKey();
    const headers = { cookie: from.cookie, 'secure-session-response': key.registration(from.challenge) };
    expect((await post('/dbsc/register', headers)).status).toBe(400);
  });

  test('is refused with a token that was retired, which stays for a refresh to judge', async () => {
    const from = await login();
    await harness.post('/auth/refresh', {}, { ...sameOrigin, cookie: from.cookie });
    harness.clock.advance(11);
    const key = createBrowserKey();
    const headers = { cookie: from.cookie, 'secure-session-response': key.registration(from.challenge) };
    expect((await post('/dbsc/register', headers)).status).toBe(400);
    expect(types()).not.toContain('session.reused');
  });

  test('writes nothing: until the first proof, and for a browser that never sends one, rotation by cookie goes on', async () => {
    const { cookie, sessionId } = await register();
    expect(await harness.authority.findSession(sessionId)).toMatchObject({ binding: 'none' });
    const rotated = await harness.post('/auth/refresh', {}, { ...sameOrigin, cookie });
    expect(rotated.headers.get('pawl-refresh')).toBe('rotated');
  });

  test('that is kept for later binds nothing when the session has been used since registrations were over', async () => {
    const from = await login();
    const kept = await register(createBrowserKey(), from);
    let { cookie } = from;
    for (const seconds of [285, 285]) {
      harness.clock.advance(seconds);
      const rotated = await harness.post('/auth/refresh', {}, { ...sameOrigin, cookie });
      expect(rotated.headers.get('pawl-refresh')).toBe('rotated');
      cookie = `${harness.names.refresh}=${cookiesOf(rotated).get(harness.names.refresh)?.value ?? ''}`;
    }
    const challenge = challengeOf(await refresh(kept.identifier, null));
    expect((await refresh(kept.identifier, kept.key.refresh(challenge))).status).toBe(400);
    expect(types().at(-1)).toBe('session.wrong-key');
    harness.clock.advance(60);
    const rotated = await harness.post('/auth/refresh', {}, { ...sameOrigin, cookie });
    expect(rotated.headers.get('pawl-refresh')).toBe('rotated');
  });

  test('of a browser that comes back days later binds the session, which nobody has used meanwhile', async () => {
    const { identifier, key } = await register();
    harness.clock.advance(3 * 86_400);
    const challenge = challengeOf(await refresh(identifier, null));
    expect((await refresh(identifier, key.refresh(challenge))).status).toBe(200);
    expect(types()).toContain('session.bound');
  });

  test("of a second key: the first that shows a proof is the session's, the other one is a wrong key", async () => {
    const from = await login();
    const [first, second] = [
      await register(createBrowserKey(), from),
      await register(createBrowserKey(), from),
    ];
    expect((await refresh(second.identifier, second.key.refresh(second.ahead))).status).toBe(200);
    expect((await refresh(first.identifier, first.key.refresh(first.ahead))).status).toBe(400);
    expect(types().slice(1)).toEqual(['session.bound', 'session.refreshed', 'session.wrong-key']);
    const again = { cookie: from.cookie, 'secure-session-response': first.key.registration(from.challenge) };
    expect((await post('/dbsc/register', again)).status).toBe(400);
  });
});

describe('a refresh', () => {
  test('without a proof: 403 with a challenge that can be answered', async () => {
    const { identifier, key } = await bound();
    harness.clock.advance(60);
    const asked = await refresh(identifier, null);
    expect(asked.status).toBe(403);
    expect((await refresh(identifier, key.refresh(challengeOf(asked)))).status).toBe(200);
  });

  test.each<readonly [string, (browser: Registered) => string | Promise<string>]>([
    ['of another session', async () => (await bound()).ahead],
    ['for a registration', ({ challenge }) => challenge],
    ['that nobody issued', () => 'AQAB'],
    ['that is missing', () => ''],
  ])('with a challenge %s: 403 with a new one', async (_, challengeFor) => {
    const browser = await bound();
    const response = await refresh(browser.identifier, browser.key.refresh(await challengeFor(browser)));
    expect(response.status).toBe(403);
    expect((await refresh(browser.identifier, browser.key.refresh(challengeOf(response)))).status).toBe(200);
  });

  test('with a challenge that is too old: 403 with a new one', async () => {
    const { identifier, key, ahead } = await bound();
    harness.clock.advance(599);
    expect((await refresh(identifier, key.refresh(ahead))).status).toBe(200);
    const late = await refresh(identifier, null);
    harness.clock.advance(600);
    const response = await refresh(identifier, key.refresh(challengeOf(late)));
    expect(response.status).toBe(403);
    expect((await refresh(identifier, key.refresh(challengeOf(response)))).status).toBe(200);
  });

  test('with the same proof again: a retry inside the window, then 403; never a thief', async () => {
    const { identifier, key, ahead } = await bound();
    harness.clock.advance(100);
    const proof = key.refresh(ahead);
    expect((await refresh(identifier, proof)).headers.get('pawl-refresh')).toBe('rotated');
    harness.clock.advance(9);
    expect((await refresh(identifier, proof)).headers.get('pawl-refresh')).toBe('replayed');
    harness.clock.advance(1);
    const response = await refresh(identifier, proof);
    expect(response.status).toBe(403);
    expect(cookiesOf(response).size).toBe(0);
    expect(types()).not.toContain('session.wrong-key');
  });

  test('inside the window of a rotation spends its proof too', async () => {
    const { identifier, key, ahead } = await bound();
    harness.clock.advance(100);
    const first = await refresh(identifier, key.refresh(ahead));
    harness.clock.advance(5);
    const proof = key.refresh(challengeOf(first));
    expect((await refresh(identifier, proof)).headers.get('pawl-refresh')).toBe('rotated');
    harness.clock.advance(5);
    expect((await refresh(identifier, proof)).headers.get('pawl-refresh')).toBe('replayed');
    harness.clock.advance(6);
    const recorded = await refresh(identifier, proof);
    expect([recorded.status, recorded.headers.getSetCookie()]).toEqual([403, []]);
  });

  test('by a node whose clock is behind: the new challenge is not older than the rotation', async () => {
    const { identifier, key, ahead } = await bound();
    harness.clock.advance(100);
    const proof = key.refresh(ahead);
    await refresh(identifier, proof);
    harness.clock.advance(-50);
    const answer = await refresh(identifier, key.refresh(challengeOf(await refresh(identifier, null))));
    expect([200, 403]).toContain(answer.status);
    if (answer.status === 403)
      expect((await refresh(identifier, key.refresh(challengeOf(answer)))).status).toBe(200);
  });

  test('by another key, or with a signature that was tampered with: refused, reported, and the session lives', async () => {
    const { identifier, key, ahead } = await bound();
    for (const proof of [createBrowserKey().refresh(ahead), tampered(key.refresh(ahead))]) {
      const response = await refresh(identifier, proof);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
    }
    expect(types().filter((type) => type === 'session.wrong-key')).toHaveLength(2);
    expect((await refresh(identifier, key.refresh(ahead))).status).toBe(200);
  });

  test('with an identifier that is not ours, or has another key in it: refused before the store is asked', async () => {
    const { identifier, ahead } = await bound();
    const other = await bound();
    const [fields = ''] = identifier.split('.');
    const [, otherKey = ''] = other.identifier.split('.');
    for (const text of ['', 'pbs_', 'x'.repeat(5000), `${fields}.${otherKey}`, `${identifier}A`]) {
      const response = await refresh(text, other.key.refresh(ahead));
      expect(response.status).toBe(400);
      expect(cookiesOf(response).size).toBe(0);
    }
    expect((await post('/dbsc/refresh', {})).status).toBe(400);
  });

  test('keeps a session alive that is used, and an idle one ends', async () => {
    const { identifier, key, ahead } = await bound();
    let challenge = ahead;
    for (let day = 0; day < 20; day++) {
      harness.clock.advance(86_400);
      const asked = await refresh(identifier, key.refresh(challenge));
      challenge = challengeOf(asked);
      const response = await refresh(identifier, key.refresh(challenge));
      expect(response.status).toBe(200);
      challenge = challengeOf(response);
    }
    harness.clock.advance(14 * 86_400);
    const asked = await refresh(identifier, null);
    const response = await refresh(identifier, key.refresh(challengeOf(asked)));
    expect(await response.json()).toEqual({ session_identifier: identifier, continue: false });
  });

  test('of a session that ended: 200 that ends it in the browser, and no cookie, which may be of another session', async () => {
    const { identifier, key, ahead, sessionId } = await bound();
    await harness.authority.revokeSession(sessionId);
    const response = await refresh(identifier, key.refresh(ahead));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ session_identifier: identifier, continue: false });
    expect(cookiesOf(response).size).toBe(0);
  });

  test('accepts values in quotes, as structured fields have them', async () => {
    const { identifier, key, ahead } = await bound();
    expect((await refresh(`"${identifier}"`, `"${key.refresh(ahead)}"`)).status).toBe(200);
  });

  test('after the refresh secret was rotated, with challenge and identifier under the old one', async () => {
    const { identifier, key, ahead } = await bound();
    await harness.authority.keys.rotate('refresh');
    harness.clock.advance(120);
    await harness.authority.maintain();
    expect((await refresh(identifier, key.refresh(ahead))).status).toBe(200);
  });

  test('binds again when the store has lost the binding', async () => {
    await harness.close();
    let isLosing = true;
    const store = interceptStore(createMemoryStore(), (_, perform, [read, change]) => {
      const isBinding = (change as StoreChange | undefined)?.kind === 'bind';
      if (!isLosing || !isBinding) return perform();
      // Answered, and then gone, as with a replica that took over too early.
      return Promise.resolve({ applied: true, session: read, endedIds: [] });
    });
    harness = await startHarness('fetch', { issuer, store });
    const { identifier, key, ahead, sessionId, cookie } = await bound();
    expect(await harness.authority.findSession(sessionId)).toMatchObject({ binding: 'none' });
    isLosing = false;
    expect((await refresh(identifier, key.refresh(ahead))).status).toBe(200);
    expect(await harness.authority.findSession(sessionId)).toMatchObject({ binding: 'browser' });
    expect((await harness.post('/auth/refresh', {}, { ...sameOrigin, cookie })).status).toBe(400);
  });
});

describe('more than one at once, and what the options say', () => {
  const reopen = async (options: Partial<AuthorityOptions>) => {
    await harness.close();
    harness = await startHarness('fetch', { issuer, onEvent: (event) => events.push(event), ...options });
  };

  test('of 20 proofs at once one rotates the session, and the others are retries', async () => {
    const { identifier, key, ahead } = await bound();
    harness.clock.advance(100);
    const proof = key.refresh(ahead);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(identifier, proof)));
    const outcomes = answers.map(({ headers }) => headers.get('pawl-refresh'));
    expect(outcomes.filter((outcome) => outcome === 'rotated')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(19);
  });

  test('of 20 first proofs at once one binds the session', async () => {
    const { identifier, key, ahead } = await register();
    const proof = key.refresh(ahead);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(identifier, proof)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(types().filter((type) => type === 'session.bound')).toHaveLength(1);
  });

  test('a refresh and a revocation at once: the session is over', async () => {
    for (let round = 0; round < 20; round++) {
      const { identifier, key, ahead, sessionId } = await bound();
      harness.clock.advance(100);
      await Promise.all([
        refresh(identifier, key.refresh(ahead)),
        harness.authority.revokeSession(sessionId),
      ]);
      const asked = challengeOf(await refresh(identifier, null));
      const after = await refresh(identifier, key.refresh(asked));
      expect(await after.json()).toMatchObject({ continue: false });
    }
  });

  test('without a window the same proof again is answered with a challenge', async () => {
    await reopen({ policy: 'strict' });
    const { identifier, key, ahead } = await register();
    const proof = key.refresh(ahead);
    harness.clock.advance(1);
    expect((await refresh(identifier, proof)).status).toBe(200);
    harness.clock.advance(1);
    const again = await refresh(identifier, proof);
    expect(again.status).toBe(403);
    expect((await refresh(identifier, key.refresh(challengeOf(again)))).status).toBe(200);
  });

  test('with onWrongKey a proof by another key ends the session', async () => {
    await reopen({ policy: { onWrongKey: 'session' } });
    const { identifier, key, ahead } = await bound();
    const answer = await refresh(identifier, createBrowserKey().refresh(ahead));
    expect(await answer.json()).toMatchObject({ continue: false });
    expect(await (await refresh(identifier, key.refresh(ahead))).json()).toMatchObject({ continue: false });
    expect(types().slice(-3)).toEqual(['session.wrong-key', 'session.revoked', 'refresh.refused']);
  });

  test('the claims hook is asked: a failure is 503 and changes nothing, a user who is gone ends the session', async () => {
    let answer: 'claims' | 'failure' | 'gone' = 'claims';
    await reopen({
      claims: () => {
        if (answer === 'failure') throw new Error('the directory is down');
        return answer === 'gone' ? { refused: 'gone' } : { claims: { team: 'blue' } };
      },
    });
    const { identifier, key, ahead } = await bound();
    harness.clock.advance(100);
    answer = 'failure';
    expect((await refresh(identifier, key.refresh(ahead))).status).toBe(503);
    answer = 'claims';
    const response = await refresh(identifier, key.refresh(ahead));
    expect(response.headers.get('pawl-refresh')).toBe('rotated');
    const token = cookiesOf(response).get(harness.names.access)?.value ?? '';
    expect(await harness.authority.verify(token)).toMatchObject({ claims: { team: 'blue' } });
    answer = 'gone';
    const last = await refresh(identifier, key.refresh(challengeOf(response)));
    expect(await last.json()).toMatchObject({ continue: false });
  });

  test('a leaked refresh key makes no identifier that binds or refreshes a session: it lacks the secret', async () => {
    const { ahead, sessionId } = await register();
    const forger = createBrowserKey();
    const ring = await openKeyRing({
      issuer: harness.authority.issuer,
      documents: harness.documents,
      masterKeys: [parseMasterKey('ab'.repeat(32))],
      algorithm: 'ES256',
      now: harness.clock.now(),
    });
    const { crv, kty, x, y } = forger.jwk;
    const publicKey = JSON.stringify({ crv, kty, x, y });
    const contents = { sessionId, secret: new Secret(Buffer.alloc(16)), publicKey };
    const response = await refresh(encodeDbscIdentifier(contents, ring.refreshKey()), forger.refresh(ahead));
    expect(response.status).toBe(400);
    expect(types().at(-1)).toBe('session.forged');
  });
});

test('an identifier whose key names a member twice is malformed, though its MAC is right', async () => {
  const { ahead, sessionId } = await register();
  const key = createBrowserKey();
  const ring = await openKeyRing({
    issuer: harness.authority.issuer,
    documents: harness.documents,
    masterKeys: [parseMasterKey('ab'.repeat(32))],
    algorithm: 'ES256',
    now: harness.clock.now(),
  });
  const { crv, kty, x, y } = key.jwk;
  const publicKey = JSON.stringify({ crv, kty, x, y }).replace('"x":', '"x":"x","x":');
  const contents = { sessionId, secret: new Secret(Buffer.alloc(16)), publicKey };
  const response = await refresh(encodeDbscIdentifier(contents, ring.refreshKey()), key.refresh(ahead));
  expect(response.status).toBe(400);
  expect(events.at(-1)).toMatchObject({ type: 'refresh.refused', reason: 'malformed', sessionId });
});

describe('the refresh token of a bound session', () => {
  test('is worth nothing, and its use is reported', async () => {
    const { cookie, identifier, key, ahead } = await bound();
    const response = await harness.post('/auth/refresh', {}, { ...sameOrigin, cookie });
    expect(response.status).toBe(400);
    expect(types().at(-1)).toBe('session.wrong-key');
    expect((await refresh(identifier, key.refresh(ahead))).status).toBe(200);
  });

  test('still ends the session', async () => {
    const { cookie, sessionId } = await bound();
    expect((await harness.post('/auth/logout', {}, { ...sameOrigin, cookie })).status).toBe(204);
    expect(await harness.authority.findSession(sessionId)).toMatchObject({ alive: false });
  });

  test('is not judged while the browser says that it could not refresh', async () => {
    const { cookie, identifier } = await bound();
    const skipped = `server_error;session_identifier="${identifier}"`;
    const headers = { ...sameOrigin, cookie, 'secure-session-skipped': skipped };
    const response = await harness.post('/auth/refresh', {}, headers);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(types()).not.toContain('session.wrong-key');
  });
});

function tampered(proof: string): string {
  const [header = '', payload = '', signature = ''] = proof.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
  return `${header}.${payload}.${bytes.toString('base64url')}`;
}

describe('the offer', () => {
  const offers = async (
    options: Parameters<typeof startHarness>[1],
    handler: Parameters<typeof startHarness>[2],
  ) => {
    const other = await startHarness('fetch', { issuer: 'https://pawl.test', ...options }, handler);
    const { headers } = await other.post('/login', credentials, sameOrigin);
    const registration = await other.send('/dbsc/register', { method: 'POST', headers: sameOrigin });
    await other.close();
    return [headers.has('secure-session-registration'), registration.status];
  };

  test('is made where a browser can take it', async () => {
    expect(await offers({}, {})).toEqual([true, 400]);
    expect(await offers({ accessSeconds: 299 }, {})).toEqual([false, 404]);
    expect(await offers({}, { deviceBoundSessions: false })).toEqual([false, 404]);
    expect(await offers({ issuer: 'http://127.0.0.1' }, {})).toEqual([false, 404]);
    expect(await offers({ mode: 'session' }, {})).toEqual([false, 404]);
  });

  test('is not made for tokens in the body', async () => {
    const response = await harness.post('/auth/login', { ...credentials, transport: 'body' });
    expect(response.headers.has('secure-session-registration')).toBe(false);
  });

  test('with access tokens that end sooner than browsers like to refresh is refused at construction', async () => {
    await expect(offers({ accessSeconds: 299 }, { deviceBoundSessions: true })).rejects.toThrow(
      'option "deviceBoundSessions" is true; it must be false with accessSeconds below 300',
    );
  });
});
