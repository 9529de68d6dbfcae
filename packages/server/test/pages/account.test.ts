import { cookieNamesOf } from 'pawl/http';
import { describe, expect, test } from 'vitest';
import { type RunningServer, temporaryFolder, type Variables } from '../server-process.js';
import { startWithUser, userPassword } from '../server-with-user.js';
import { createVisitor, type Page, type Visitor } from './visitor.js';

const accessCookie = ({ address }: RunningServer): string => cookieNamesOf(address).access;
const refreshCookie = ({ address }: RunningServer): string => cookieNamesOf(address).refresh;

async function open(variables: Variables = {}): Promise<{ server: RunningServer; visitor: Visitor }> {
  const server = await startWithUser(temporaryFolder(), variables);
  const visitor = createVisitor(server);
  await logIn(visitor);
  return { server, visitor };
}

async function logIn(visitor: Visitor): Promise<void> {
  const answer = await visitor.post('/account/login', { username: 'alice', password: userPassword });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account']);
}

const outcomes = (server: RunningServer): string[] =>
  [...server.output.stderr.matchAll(/"outcome":"(\w+)"/g)].map(([, outcome]) => String(outcome));

describe('the account pages', () => {
  test('show the login to nobody, and refuse what is no login', async () => {
    const { server } = await open();
    const nobody = createVisitor(server);
    expect((await nobody.get('/')).headers.get('location')).toBe('/account');
    const login = await nobody.get('/account');
    expect([login.status, login.text]).toEqual([200, expect.stringContaining('<form')]);
    expect(login.headers.get('cache-control')).toBe('no-store');

    const empty = await nobody.post('/account/login', { username: 'alice' });
    expect([empty.status, empty.text]).toEqual([400, expect.stringContaining('Enter your')]);
    const wrong = await nobody.post('/account/login', { username: '"><script>', password: 'wrong' });
    expect([wrong.status, wrong.text]).toEqual([401, expect.stringContaining('is wrong')]);
    expect(wrong.text).not.toContain('<script');
    const long = await nobody.post('/account/login', { username: 'x'.repeat(70_000), password: 'x' });
    expect(long.status).toBe(413);
    expect([...nobody.cookies]).toEqual([]);
    for (const path of ['/account/nothing', '/account/sessions/', '/account/sessions/a/b'])
      expect((await nobody.get(path)).status).toBe(404);
    expect((await nobody.get('/account/login')).headers.get('location')).toBe('/account');
    expect((await nobody.post('/account/logout', {})).status).toBe(303);
  });

  test('share the throttle with /login', async () => {
    const { server, visitor } = await open();
    const form = { username: 'bob', password: 'wrong' };
    let page = await visitor.post('/account/login', form);
    // Delays double from a second on, so on the slowest machine one comes within one.
    for (let tries = 1; page.status === 401 && tries < 12; tries += 1)
      page = await visitor.post('/account/login', form);
    expect([page.status, page.text]).toEqual([429, expect.stringContaining('Too many attempts')]);
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
    let tries = 1;
    while ((await server.post('/login', form)).status === 401) tries += 1;
    expect(tries).toBeLessThan(5);
  });

  test('know their browser when the access token is over, from wherever it came, and change nothing', async () => {
    const { server, visitor } = await open();
    visitor.cookies.delete(accessCookie(server));
    const before = [...visitor.cookies];
    for (const site of ['cross-site', 'same-site', 'none', 'same-origin']) {
      for (const path of ['/account', '/account?notice=constructor']) {
        const { status, text, headers } = await visitor.get(path, { 'sec-fetch-site': site });
        expect([status, headers.getSetCookie()], site).toEqual([200, []]);
        expect(text).toContain('This device');
      }
    }
    expect([...visitor.cookies]).toEqual(before);
    expect(outcomes(server)).toEqual([]);

    const elsewhere = { 'sec-fetch-site': 'cross-site' };
    expect((await visitor.post('/account/end-others', {}, elsewhere)).status).toBe(403);
    expect([...visitor.cookies]).toEqual(before);
    // A form of the own page is answered with the next tokens, in several tabs at once.
    const tabs = await Promise.all([1, 2, 3].map(() => visitor.post('/account/end-others', {})));
    expect(tabs.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(outcomes(server).sort()).toEqual(['replayed', 'replayed', 'rotated']);
    expect(visitor.cookies.has(accessCookie(server))).toBe(true);
  });

  test('say that a session has ended', async () => {
    const { server, visitor } = await open({ PAWL_POLICY: 'strict' });
    const copied = visitor.cookies.get(refreshCookie(server)) ?? '';
    visitor.cookies.delete(accessCookie(server));
    expect((await visitor.post('/account/continue', {})).headers.get('location')).toBe('/account');
    visitor.cookies.delete(accessCookie(server));
    visitor.cookies.set(refreshCookie(server), copied);
    // Loaded from elsewhere it touches no cookie, and asks for a load of its own.
    const page = await visitor.get('/account', { 'sec-fetch-site': 'cross-site' });
    expect([page.status, page.headers.getSetCookie()]).toEqual([200, []]);
    expect(server.output.stderr).not.toContain('"event":"session.reused"');
    const [, address = ''] = /content="0; url=([^"]+)"/.exec(page.text) ?? [];
    const own = await visitor.get(address, { 'sec-fetch-site': 'same-origin' });
    expect([own.status, own.text]).toEqual([200, expect.stringContaining('Your session has ended')]);
    expect([...visitor.cookies]).toEqual([]);
    expect(server.output.stderr).toContain('"event":"session.reused"');
  });

  test('log in again into the session of the same user, and end that of another one', async () => {
    const { server, visitor } = await open();
    const [{ id: first }] = await sessionsOf(visitor, server);
    await logIn(visitor);
    expect((await sessionsOf(visitor, server)).map(({ id }) => id)).toEqual([first]);
    expect((await visitor.get(`/account/sessions/${first}`)).text).toContain('Logged in again');
  });

  test('forget a login that shall not be remembered when the browser is closed', async () => {
    const { server, visitor } = await openOnly({});
    const form = { username: 'alice', password: userPassword };
    const forgotten = await visitor.post('/account/login', form);
    const remembered = await createVisitor(server).post('/account/login', { ...form, remember: 'yes' });
    const withAge = ({ headers }: Page): boolean[] =>
      headers.getSetCookie().map((line) => line.includes('Max-Age='));
    expect([withAge(forgotten), withAge(remembered)]).toEqual([
      [false, false],
      [true, true],
    ]);
    // The refresh keeps what was chosen.
    visitor.cookies.delete(accessCookie(server));
    expect(withAge(await visitor.post('/account/continue', {}))).toEqual([false, false]);
    const current = (await sessionsOf(visitor, server)).find((session) => session.current);
    expect((current?.expires_at ?? Infinity) - (current?.created_at ?? 0)).toBeLessThanOrEqual(86_400 + 60);
  });

  test('let no other site, and no other user, end a session', async () => {
    const { server, visitor } = await open();
    const own = await server.login('alice', userPassword);
    for (const site of ['cross-site', 'same-site', 'none']) {
      const headers = { 'sec-fetch-site': site };
      for (const [path, form] of [
        ['/account/login', { username: 'alice', password: userPassword }],
        ['/account/logout', {}],
        ['/account/end', { session: own.session_id }],
        ['/account/end-others', {}],
      ] as const)
        expect((await visitor.post(path, form, headers)).status, `${site} ${path}`).toBe(403);
    }
    expect((await server.get('/userinfo', own.access_token)).status).toBe(200);

    const foreign = await visitor.post('/account/end', { session: 'AAAAAAAAAAAAAAAAAAAAAA' });
    expect(foreign.status).toBe(404);
    expect((await visitor.get('/account/sessions/AAAAAAAAAAAAAAAAAAAAAA')).status).toBe(404);
    const nobody = createVisitor(server);
    expect((await nobody.post('/account/end', { session: own.session_id })).status).toBe(401);
    expect((await nobody.get(`/account/sessions/${own.session_id}`)).text).toContain('Log in');
    expect((await server.get('/userinfo', own.access_token)).status).toBe(200);
  });

  test('end a session, show what happened to it, and log out', async () => {
    const { server, visitor } = await open();
    const other = await server.login('alice', userPassword);
    const ended = await visitor.post('/account/end', { session: other.session_id });
    expect(ended.headers.get('location')).toBe('/account?notice=ended');
    expect((await server.get('/userinfo', other.access_token)).status).toBe(401);
    const history = await visitor.get(`/account/sessions/${other.session_id}`);
    expect(history.text).toContain('This session has ended.');
    expect(history.text).toMatch(/Ended<[^]*Logged in</);
    expect(history.text).toContain('127.0.0.1');

    expect((await visitor.post('/account/logout', {})).status).toBe(303);
    expect([...visitor.cookies]).toEqual([]);
    expect((await visitor.get('/account')).text).toContain('Log in');
  });

  test('come with a strict policy, and with files that caches may keep', async () => {
    const { visitor } = await open();
    const { headers, text } = await visitor.get('/account');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(text).not.toMatch(/<script|<style|style="|\son\w+="/);
    const [, path = ''] = /<link rel="stylesheet" href="([^"]+)"/.exec(text) ?? [];
    const file = await visitor.get(path);
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
    expect(file.headers.get('cache-control')).toContain('immutable');
  });

  test('lie below the path of the issuer', async () => {
    const { server, visitor } = await openOnly({ PAWL_ISSUER: 'http://127.0.0.1:3000/auth' });
    expect((await visitor.get('/auth/')).headers.get('location')).toBe('/auth/account');
    const form = { username: 'alice', password: userPassword };
    expect((await visitor.post('/auth/account/login', form)).headers.get('location')).toBe('/auth/account');
    expect((await visitor.get('/auth/account')).text).toContain('action="/auth/account/logout"');
    expect((await fetch(`${server.address}/account`)).status).toBe(404);
  });

  test('can be switched off', async () => {
    const { visitor } = await openOnly({ PAWL_ACCOUNT_PAGES: 'false' });
    for (const path of ['/', '/account', '/account/login'])
      expect((await visitor.get(path)).status).toBe(404);
  });
});

interface Listed {
  readonly id: string;
  readonly current: boolean;
  readonly created_at: number;
  readonly expires_at: number;
}

/** What `GET /sessions` says, by the access cookie. */
async function sessionsOf(visitor: Visitor, server: RunningServer): Promise<[Listed, ...Listed[]]> {
  const { text } = await visitor.get(`${new URL(server.address).pathname.replace(/\/$/, '')}/sessions`);
  return (JSON.parse(text) as { sessions: [Listed, ...Listed[]] }).sessions;
}

async function openOnly(variables: Variables): Promise<{ server: RunningServer; visitor: Visitor }> {
  const server = await startWithUser(temporaryFolder(), variables);
  return { server, visitor: createVisitor(server) };
}
