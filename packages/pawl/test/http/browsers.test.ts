import { describe, expect, test } from 'vitest';
import type { Session } from '../../src/rotation/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { carriers, cookieHeader, cookiesOf, startHarness } from './harness.js';
import { loggedIn, openPageSite, ownLoad, type PageAnswer, type PageSite, refreshed } from './page-site.js';
import { createBrowserKey } from './software-browser.js';

const key = 'k'.repeat(43);
/** From where a load can come that is none of the own page. */
const foreign: readonly (readonly [string, Record<string, string>])[] = [
  ['another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' }],
  ['another origin of the site', { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'document' }],
  ['nowhere', { 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' }],
  ['a browser that does not say', {}],
];
const hour = 3600;

/** Whether a browser's session is in this state, after these steps from its login; the token that the browser has. */
const recognised: Readonly<Record<string, (site: PageSite<'tokens'>, first: string) => Promise<string>>> = {
  current: async ({ harness }, first) => {
    harness.clock.advance(20);
    return first;
  },
  'current, inside the window': (site, first) => refreshed(site, first),
  'the predecessor, inside the window': async (site, first) => {
    await refreshed(site, first);
    site.harness.clock.advance(9);
    return first;
  },
  'ahead of a record that lost a write': async (site, first) => {
    const [session] = await site.harness.authority.listSessions('ada');
    const token = await refreshed(site, first);
    await site.harness.forgetRotations(session?.id ?? '');
    return token;
  },
};

/** A browser whose session is refreshed by the next load of an own page only. */
const unproven: typeof recognised = {
  'a predecessor whose successor was never seen': async (site, first) => {
    await refreshed(site, first);
    site.harness.clock.advance(11);
    return first;
  },
  'of a session that was not refreshed for an hour': async ({ harness }, first) => {
    harness.clock.advance(hour);
    return first;
  },
};

const session = (sessionId: string): object => ({ kind: 'session', subject: 'ada', sessionId });
const nobody = (why: string): object => ({ kind: 'nobody', why });

/** Expects that a step says this and changes nothing: no cookie, no record, and nobody is told. */
async function untouched(
  site: PageSite<'tokens'>,
  sessionId: string,
  said: object | null,
  step: () => Promise<PageAnswer>,
): Promise<PageAnswer> {
  const before = await site.record(sessionId);
  site.takeEvents();
  const answer = await step();
  expect([answer.said, answer.setCookies]).toEqual([said, []]);
  expect(await site.record(sessionId)).toEqual(before);
  expect(site.takeEvents()).toEqual([]);
  return answer;
}

/** The mark that a load of the browser with this cookie is answered with, and its query. */
async function markedQuery(site: PageSite<'tokens'>, cookie: string): Promise<string> {
  const { said } = await site.load(cookie, { 'sec-fetch-site': 'cross-site' });
  expect(said?.kind).toBe('load-again');
  return said?.address?.slice('/page'.length) ?? '';
}

const generationOf = ({ generation, fork }: Session): readonly number[] => [generation, fork];

describe.each(carriers)('a load of a page over %s', (carrier) => {
  test('with a good access cookie is recognised from anywhere, and nothing changes', async () => {
    const site = await openPageSite(carrier);
    const { tokens } = await loggedIn(site);
    const { access, refresh } = site.harness.names;
    const cookie = `${refresh}=${tokens.refreshToken}; ${access}=${tokens.accessToken}`;
    for (const [, headers] of [...foreign, ['', ownLoad]] as const)
      await untouched(site, tokens.sessionId, session(tokens.sessionId), () => site.load(cookie, headers));
  });

  test.each(
    Object.keys(recognised),
  )('with a refresh cookie is recognised from anywhere, and nothing changes: %s', async (name) => {
    const site = await openPageSite(carrier);
    const { tokens, cookieOf } = await loggedIn(site);
    const cookie = cookieOf((await recognised[name]?.(site, tokens.refreshToken)) ?? '');
    for (const [, headers] of [...foreign, ['', ownLoad]] as const) {
      await untouched(site, tokens.sessionId, session(tokens.sessionId), () => site.load(cookie, headers));
      // A mark is worth nothing where nothing has to be redeemed.
      const mark = site.harness.authority.loadMark();
      await untouched(site, tokens.sessionId, session(tokens.sessionId), () =>
        site.load(cookie, headers, `?load=${mark}`),
      );
    }
  });

  test.each(
    Object.keys(unproven),
  )('loads itself again with a mark, and only the load of the own page redeems: %s', async (name) => {
    const site = await openPageSite(carrier);
    const { tokens, cookieOf } = await loggedIn(site);
    const { sessionId } = tokens;
    const cookie = cookieOf((await unproven[name]?.(site, tokens.refreshToken)) ?? '');
    for (const [, headers] of [...foreign, ['', ownLoad]] as const) {
      const again = {
        kind: 'load-again',
        address: expect.stringMatching(/^\/page\?a=%26&load=plm_[\w-]{55}$/) as string,
      };
      await untouched(site, sessionId, again, () => site.load(cookie, headers, '?a=%26&load=x'));
    }
    const query = await markedQuery(site, cookie);
    for (const [, headers] of foreign)
      await untouched(site, sessionId, nobody('no-session'), () => site.load(cookie, headers, query));
    const before = await site.record(sessionId);
    const own = await site.load(cookie, ownLoad, `${query}&a=1`);
    expect(own.said).toEqual({ kind: 'refreshed', address: '/page?a=1' });
    expect(own.setCookies.map((line) => line.split('=')[0])).toEqual([
      site.harness.names.refresh,
      site.harness.names.access,
    ]);
    expect(generationOf(await site.record(sessionId))).not.toEqual(generationOf(before));
    // The same again, as by the second of two tabs: a retry, which changes nothing.
    const after = await site.record(sessionId);
    await site.load(cookie, ownLoad);
    expect(await site.record(sessionId)).toEqual(after);
  });

  test('is fresh up to an hour after the last refresh, not after the login', async () => {
    const site = await openPageSite(carrier);
    const { tokens, cookieOf } = await loggedIn(site);
    site.harness.clock.advance(hour - 1);
    const token = await refreshed(site, tokens.refreshToken);
    site.harness.clock.advance(hour - 1);
    expect((await site.load(cookieOf(token), ownLoad)).said).toEqual(session(tokens.sessionId));
    site.harness.clock.advance(1);
    expect((await site.load(cookieOf(token), ownLoad)).said?.kind).toBe('load-again');
  });

  test('that shows nothing redeems nothing, whatever mark it carries', async () => {
    const site = await openPageSite(carrier);
    const { tokens, cookieOf } = await loggedIn(site);
    const cookie = cookieOf(tokens.refreshToken);
    site.harness.clock.advance(hour);
    const query = await markedQuery(site, cookie);
    const shown: readonly Record<string, string>[] = [
      { 'sec-fetch-dest': 'image' },
      { 'sec-fetch-dest': 'iframe' },
      { 'sec-fetch-dest': 'empty' },
      { 'sec-purpose': 'prefetch' },
      { 'sec-purpose': 'prefetch;prerender' },
      { purpose: 'prefetch' },
    ];
    for (const more of shown) {
      const step = (): Promise<PageAnswer> => site.load(cookie, { ...ownLoad, ...more }, query);
      // It is known whose it is, and that is all that it needs to be.
      await untouched(site, tokens.sessionId, session(tokens.sessionId), step);
    }
    await untouched(site, tokens.sessionId, null, () =>
      site.send(`/page${query}`, { method: 'HEAD', headers: { cookie, ...ownLoad } }),
    );
    const forked = await unproven['a predecessor whose successor was never seen']?.(
      site,
      tokens.refreshToken,
    );
    for (const more of shown) {
      const step = (): Promise<PageAnswer> =>
        site.load(cookieOf(forked ?? ''), { ...ownLoad, ...more }, query);
      await untouched(site, tokens.sessionId, nobody('no-session'), step);
    }
  });

  test('with an old mark, or one that nobody made, is one without a mark', async () => {
    const site = await openPageSite(carrier);
    const { tokens, cookieOf } = await loggedIn(site);
    const cookie = cookieOf(tokens.refreshToken);
    site.harness.clock.advance(hour);
    const old = await markedQuery(site, cookie);
    site.harness.clock.advance(61);
    const good = await markedQuery(site, cookie);
    const forged = good.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    const token = `?load=${tokens.refreshToken}`;
    for (const query of [old, forged, '?load=', '?load=x', token, `?load=${tokens.accessToken}`]) {
      const again = {
        kind: 'load-again',
        address: expect.stringMatching(/^\/page\?load=plm_[\w-]{55}$/) as string,
      };
      await untouched(site, tokens.sessionId, again, () => site.load(cookie, ownLoad, query));
    }
    const twice = (): Promise<PageAnswer> => site.load(cookie, ownLoad, `?load=x&${good.slice(1)}`);
    expect((await untouched(site, tokens.sessionId, null, twice)).status).toBe(400);
    expect((await site.load(cookie, ownLoad, good)).said?.kind).toBe('refreshed');
  });

  test('with a token that looks reused changes nothing, because another site may have sent it long ago; the load of the own page tells', async () => {
    const site = await openPageSite(carrier, { policy: 'balanced' });
    const { tokens, cookieOf } = await loggedIn(site);
    const other = await loggedIn(site);
    await refreshed(site, tokens.refreshToken);
    site.harness.clock.advance(11);
    const cookie = cookieOf(tokens.refreshToken);
    const before = await site.record(tokens.sessionId);
    site.takeEvents();
    const query = await markedQuery(site, cookie);
    expect([site.takeEvents(), await site.record(tokens.sessionId)]).toEqual([[], before]);
    const answer = await site.load(cookie, ownLoad, query);
    expect(answer.said).toMatchObject({ kind: 'nobody', why: 'ended' });
    expect(site.takeEvents().map(({ type }) => type)).toContain('session.reused');
    expect(await site.harness.authority.listSessions('ada')).toEqual([]);
    expect((await site.load(cookieOf(other.tokens.refreshToken))).said).toEqual(nobody('ended'));
  });

  test('of a session whose key a program holds is nobody, and nobody is told', async () => {
    const site = await openPageSite(carrier);
    const { tokens, cookieOf } = await loggedIn(site, { boundKey: key });
    const { access } = site.harness.names;
    const cookie = cookieOf(tokens.refreshToken);
    const fresh = `${cookie}; ${access}=${tokens.accessToken}`;
    await untouched(site, tokens.sessionId, session(tokens.sessionId), () => site.load(fresh, ownLoad));
    for (const seconds of [0, 20, hour]) {
      site.harness.clock.advance(seconds);
      const query = `?load=${site.harness.authority.loadMark()}`;
      const step = (): Promise<PageAnswer> => site.load(cookie, ownLoad, query);
      await untouched(site, tokens.sessionId, nobody('bound'), step);
      await untouched(site, tokens.sessionId, nobody('bound'), () => site.form(cookie, ownLoad));
    }
  });

  test('without any cookie is nobody, and with an access cookie that is over says that it has ended', async () => {
    const site = await openPageSite(carrier);
    const { tokens } = await loggedIn(site);
    const over = `${site.harness.names.access}=${tokens.accessToken}`;
    await site.harness.authority.revokeSession(tokens.sessionId);
    for (const headers of [ownLoad, { 'sec-fetch-site': 'cross-site' }]) {
      await untouched(site, tokens.sessionId, nobody('no-session'), () => site.load('', headers));
      await untouched(site, tokens.sessionId, nobody('no-session'), () => site.load('other=1', headers));
      await untouched(site, tokens.sessionId, nobody('ended'), () => site.load(over, headers));
    }
  });

  test('throws while the store is down: nobody is taken for logged out', async () => {
    const site = await openPageSite(carrier);
    const { tokens, cookieOf } = await loggedIn(site);
    const { access } = site.harness.names;
    const cookie = cookieOf(tokens.refreshToken);
    const query = `?load=${site.harness.authority.loadMark()}`;
    site.setStoreDown(true);
    for (const held of [cookie, `${access}=${tokens.accessToken}`])
      for (const answer of [
        await site.load(held, {}),
        await site.load(held, ownLoad, query),
        await site.form(held, ownLoad),
      ])
        expect([answer.status, answer.said, answer.setCookies]).toEqual([503, null, []]);
    site.setStoreDown(false);
    await untouched(site, tokens.sessionId, session(tokens.sessionId), () => site.load(cookie));
  });
});

describe.each(carriers)('a browser whose session belongs to its key, over %s', (carrier) => {
  test('sends nothing of it from another site, so the page is loaded again', async () => {
    const site = await openPageSite(carrier);
    const { tokens } = await loggedIn(site);
    const marker = `${site.harness.names.browser}=bound`;
    const again = { kind: 'load-again', address: expect.stringMatching(/^\/page\?load=/) as string };
    for (const [, headers] of foreign) {
      const answer = await untouched(site, tokens.sessionId, again, () => site.load(marker, headers));
      const query = answer.said?.address?.slice('/page'.length) ?? '';
      await untouched(site, tokens.sessionId, nobody('no-session'), () => site.load(marker, headers, query));
      const image = { ...headers, 'sec-fetch-dest': 'image' };
      await untouched(site, tokens.sessionId, nobody('no-session'), () => site.load(marker, image));
    }
    // At the own load it has refreshed before, where it could.
    await untouched(site, tokens.sessionId, nobody('no-session'), () => site.load(marker, ownLoad));
    await untouched(site, tokens.sessionId, nobody('no-session'), () => site.form(marker, ownLoad));
  });

  test('and that could not refresh just now is asked to come back, and not taken for logged out', async () => {
    const site = await openPageSite(carrier, { issuer: 'https://pawl.test' });
    const login = await site.harness.post(
      '/login',
      { username: 'ada', password: 'correct', transport: 'cookie' },
      ownLoad,
    );
    const offer =
      /challenge="([\w-]+)"/.exec(login.headers.get('secure-session-registration') ?? '')?.[1] ?? '';
    const browserKey = createBrowserKey();
    const registered = await site.harness.send('/dbsc/register', {
      method: 'POST',
      headers: {
        ...ownLoad,
        cookie: cookieHeader(login),
        'secure-session-response': browserKey.registration(offer),
      },
    });
    const { session_identifier: id } = (await registered.json()) as { readonly session_identifier: string };
    const challenge = /^"([\w-]+)"/.exec(registered.headers.get('secure-session-challenge') ?? '')?.[1] ?? '';
    const bound = await site.harness.send('/dbsc/refresh', {
      method: 'POST',
      headers: { 'sec-secure-session-id': id, 'secure-session-response': browserKey.refresh(challenge) },
    });
    expect(cookiesOf(bound).get(site.harness.names.browser)?.value).toBe('bound');
    const marker = `${site.harness.names.browser}=bound`;
    const skipped = { 'secure-session-skipped': `unreachable;session_identifier="${id}"` };
    for (const answer of [
      await site.load(marker, { ...skipped, 'sec-fetch-site': 'cross-site' }),
      await site.load(marker, { ...skipped, ...ownLoad }),
      await site.form(marker, { ...skipped, ...ownLoad }),
    ])
      expect([answer.status, answer.said, answer.setCookies]).toEqual([503, null, []]);
  });
});

describe.each(carriers)('a form of a page over %s', (carrier) => {
  test('from elsewhere is refused, whatever the browser holds, and nothing changes', async () => {
    const site = await openPageSite(carrier);
    const { tokens, cookieOf } = await loggedIn(site);
    const { access } = site.harness.names;
    const elsewhere = [...foreign, ['a page that says so', { origin: 'https://evil.example' }]] as const;
    for (const cookie of [cookieOf(tokens.refreshToken), `${access}=${tokens.accessToken}`, ''])
      for (const [, headers] of elsewhere) {
        const answer = await untouched(site, tokens.sessionId, null, () => site.form(cookie, headers));
        expect(answer.status).toBe(403);
      }
  });

  test('of the own page redeems where the access cookie is over, and not while it is good', async () => {
    const site = await openPageSite(carrier);
    const { tokens, cookieOf } = await loggedIn(site);
    const { access, refresh } = site.harness.names;
    const cookie = cookieOf(tokens.refreshToken);
    const fresh = `${cookie}; ${access}=${tokens.accessToken}`;
    await untouched(site, tokens.sessionId, session(tokens.sessionId), () => site.form(fresh, ownLoad));
    const redeemed = await site.form(cookie, { origin: site.harness.origin });
    expect(redeemed.said).toEqual(session(tokens.sessionId));
    expect(redeemed.setCookies.map((line) => line.split('=')[0])).toEqual([refresh, access]);
    expect(generationOf(await site.record(tokens.sessionId))).toEqual([1, 0]);
    await untouched(site, tokens.sessionId, nobody('no-session'), () => site.form('', ownLoad));
  });

  test('of the own page takes the cookies away where the session has ended', async () => {
    const site = await openPageSite(carrier);
    const { tokens, cookieOf } = await loggedIn(site);
    const { access, refresh, browser } = site.harness.names;
    await site.harness.authority.revokeSession(tokens.sessionId);
    const answer = await site.form(cookieOf(tokens.refreshToken), ownLoad);
    expect(answer.said).toEqual(nobody('ended'));
    expect(answer.setCookies.map((line) => line.split(';')[0])).toEqual([
      `${refresh}=`,
      `${access}=`,
      `${browser}=`,
    ]);
    // With an access cookie alone there is nothing that says of what it was.
    await untouched(site, tokens.sessionId, nobody('ended'), () =>
      site.form(`${access}=${tokens.accessToken}`, ownLoad),
    );
  });
});

describe.each(carriers)('with session tokens over %s', (carrier) => {
  test('a load and a form know the session while it lives, and set no cookie', async () => {
    const site = await openPageSite(carrier, { mode: 'session' });
    const { authority, names } = site.harness;
    const login = await authority.login({ subject: 'ada', transport: 'cookie' });
    if (!login.granted) throw new Error('login refused');
    const { sessionId, sessionToken } = login.tokens;
    const cookie = `${names.session}=${sessionToken}`;
    const steps = [
      ...foreign.map(
        ([, headers]) =>
          () =>
            site.load(cookie, headers),
      ),
      () => site.load(cookie, ownLoad),
      () => site.form(cookie, ownLoad),
    ];
    for (const said of [session(sessionId), nobody('ended')]) {
      for (const step of steps) {
        const answer = await step();
        expect([answer.said, answer.setCookies]).toEqual([said, []]);
      }
      await authority.revokeSession(sessionId);
    }
    expect((await site.form(cookie, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  test('a refresh cookie from before the mode changed is nobody', async () => {
    const store = createMemoryStore();
    const before = await startHarness(carrier, { store, issuer: 'https://pawl.test' });
    const login = await before.authority.login({ subject: 'ada', transport: 'cookie' });
    await before.close();
    if (!login.granted || !('refreshToken' in login.tokens)) throw new Error('login refused');
    const site = await openPageSite(carrier, { store, issuer: 'https://pawl.test', mode: 'session' });
    const cookie = `${site.harness.names.refresh}=${login.tokens.refreshToken}`;
    for (const seconds of [0, hour]) {
      site.harness.clock.advance(seconds);
      const query = `?load=${site.harness.authority.loadMark()}`;
      for (const step of [
        () => site.load(cookie),
        () => site.load(cookie, ownLoad, query),
        () => site.form(cookie, ownLoad),
      ]) {
        const { status, said, setCookies } = await step();
        expect([status, said, setCookies]).toEqual([200, nobody('no-session'), []]);
      }
    }
  });
});
