import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Random, systemRandom } from '../../../src/base/random.js';
import { PawlError } from '../../../src/errors.js';
import { createMemoryStore } from '../../../src/stores/memory/index.js';
import { interceptStore } from '../../authority/intercepted-store.js';
import { createProofKey, makeProof } from '../../proof/proof-maker.js';
import { cookiesOf, type Harness, type LoginBody, startHarness } from '../harness.js';

const accessSeconds = 300;
const windowSeconds = 10;
const idleSeconds = 14 * 86_400;

/** How much the lifetime of the next access token is shortened by: nothing, or all that it may be. */
type Shortening = 'none' | 'most';

let shortening: Shortening = 'none';
const random: Random = {
  bytes: (count) =>
    count === 4 ? Buffer.alloc(4, shortening === 'most' ? 0xff : 0) : systemRandom.bytes(count),
};

let harness: Harness;
const policy = { preset: 'resilient', windowSeconds } as const;

beforeEach(async () => {
  shortening = 'none';
  harness = await startHarness('fetch', { policy, accessSeconds, idleSeconds, random });
});

afterEach(() => harness.close());

/** One answer with tokens, as the client sees it. */
interface Answer {
  readonly outcome: string | null;
  readonly expiresIn: number;
  /** The access token that came with it, in a cookie or in the body. */
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
  readonly sessionId: string;
  /** Seconds that the browser keeps each cookie that was set. */
  readonly maxAges: readonly number[];
}

/** How a client is given its tokens, and presents them. */
interface Transport {
  login(): Promise<Response>;
  refresh(token: string): Promise<Response>;
}

const credentials = { username: 'ada', password: 'correct' };
const sameOrigin = () => ({ origin: harness.origin });

const transports: Readonly<Record<string, Transport>> = {
  'by cookie': {
    login: () => harness.post('/login', { ...credentials, transport: 'cookie' }, sameOrigin()),
    refresh: (token) =>
      harness.post('/refresh', {}, { cookie: `${harness.names.refresh}=${token}`, ...sameOrigin() }),
  },
  'in the body': {
    login: () => harness.post('/login', credentials),
    refresh: (token) => harness.post('/refresh', { refresh_token: token }),
  },
  'at /token': {
    login: () => harness.post('/login', credentials),
    refresh: (token) =>
      harness.form('/token', {
        grant_type: 'refresh_token',
        refresh_token: token,
        client_id: 'first-party',
      }),
  },
};

async function answerOf(response: Response): Promise<Answer> {
  expect(response.status).toBe(200);
  const body = (await response.json()) as LoginBody;
  const cookies = cookiesOf(response);
  return {
    outcome: response.headers.get('pawl-refresh'),
    expiresIn: body.expires_in,
    accessToken: cookies.get(harness.names.access)?.value ?? optional(body, 'access_token'),
    refreshToken: cookies.get(harness.names.refresh)?.value ?? optional(body, 'refresh_token'),
    sessionId: body.session_id,
    maxAges: [...cookies.values()].map(({ attributes }) =>
      Number(/^Max-Age=(\d+);/.exec(attributes)?.[1] ?? NaN),
    ),
  };
}

/** Absent in a body that leaves the tokens to cookies. */
function optional(body: Partial<LoginBody>, name: 'access_token' | 'refresh_token'): string | null {
  return body[name] ?? null;
}

/** A client that holds the newest tokens which it was given. */
function createClient(transport: Transport) {
  let accessToken = '';
  let refreshToken = '';
  let sessionId = '';
  const take = async (response: Response): Promise<Answer> => {
    const answer = await answerOf(response);
    accessToken = answer.accessToken ?? accessToken;
    refreshToken = answer.refreshToken ?? refreshToken;
    sessionId = answer.sessionId;
    return answer;
  };
  return {
    login: async () => take(await transport.login()),
    refresh: async (token = refreshToken) => take(await transport.refresh(token)),
    held: () => ({ accessToken, refreshToken, sessionId }),
    /** What the access token in the client's hands has left, counted in whole seconds like its `iat`. */
    accessEndsAt: () => claimsOf(accessToken).exp,
    secondsLeft: () => claimsOf(accessToken).exp - Math.floor(harness.clock.now()),
  };
}

type Client = ReturnType<typeof createClient>;

function claimsOf(accessToken: string): { readonly iat: number; readonly exp: number } {
  const [, claims = ''] = accessToken.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iat: number; exp: number };
}

/** Brings a client to where its next refresh has the outcome; resolves to the token that it presents. */
const ways: Readonly<Record<string, (client: Client) => Promise<string>>> = {
  async rotated(client) {
    await client.login();
    return client.held().refreshToken;
  },
  async replayed(client) {
    const { refreshToken } = (await client.login(), client.held());
    await client.refresh();
    return refreshToken;
  },
  async kept(client) {
    await client.login();
    await client.refresh();
    harness.clock.advance(windowSeconds - 0.1);
    return client.held().refreshToken;
  },
  async forked(client) {
    const { refreshToken } = (await client.login(), client.held());
    await client.refresh();
    harness.clock.advance(60);
    return refreshToken;
  },
  async healed(client) {
    await client.login();
    await client.refresh();
    await harness.forgetRotations(client.held().sessionId);
    harness.clock.advance(60);
    return client.held().refreshToken;
  },
};

describe.each(Object.entries(transports))('`expires_in` %s', (name, transport) => {
  test.each(
    Object.keys(ways),
  )('of `%s` is no more than the client has left, however lifetimes are drawn', async (outcome) => {
    for (const before of ['none', 'most'] as const) {
      for (const then of ['none', 'most'] as const) {
        shortening = before;
        const client = createClient(transport);
        const token = await ways[outcome]?.(client);
        shortening = then;
        const answer = await client.refresh(token);
        expect(answer.outcome).toBe(outcome);
        expect(Number.isInteger(answer.expiresIn)).toBe(true);
        expect(answer.expiresIn).toBeLessThanOrEqual(client.secondsLeft());
        if (answer.accessToken === null) {
          // Low enough for any draw of both tokens, and no lower.
          expect([name, outcome]).toEqual(['by cookie', 'kept']);
          const drawn = before === 'none' ? 15 : 0;
          expect(answer.expiresIn).toBe(Math.floor(client.accessEndsAt() - harness.clock.now()) - drawn);
          expect(answer.maxAges).toEqual([]);
        } else {
          const { iat, exp } = claimsOf(answer.accessToken);
          expect(answer.expiresIn).toBe(exp - iat);
          expect(exp - iat).toBe(then === 'none' ? 300 : 285);
        }
      }
    }
  });

  test('of a login is the lifetime of its access token', async () => {
    const { expiresIn, accessToken } = await createClient(transport).login();
    const { iat, exp } = claimsOf(accessToken ?? '');
    expect(expiresIn).toBe(exp - iat);
  });

  test('is no more than what is left of the session, and never below 0', async () => {
    await harness.close();
    harness = await startHarness('fetch', { policy, accessSeconds, absoluteSeconds: 100, random });
    const client = createClient(transport);
    await client.login();
    harness.clock.advance(92);
    expect(await client.refresh()).toMatchObject({ outcome: 'rotated', expiresIn: 8 });
    harness.clock.advance(7);
    const kept = await client.refresh();
    expect([kept.outcome, client.secondsLeft()]).toEqual(['kept', 1]);
    expect(kept.expiresIn).toBe(1);
  });
});

describe('a browser keeps', () => {
  const [transport] = Object.values(transports) as [Transport];

  test.each([
    ['rotated', [idleSeconds, accessSeconds]],
    ['replayed', [idleSeconds, accessSeconds]],
    ['forked', [idleSeconds, accessSeconds]],
    ['healed', [accessSeconds]],
    ['kept', []],
  ])('the cookies of `%s` for as long as their tokens can be good', async (outcome, maxAges) => {
    const client = createClient(transport);
    const token = await ways[outcome]?.(client);
    expect((await client.refresh(token)).maxAges).toEqual(maxAges);
  });
});

describe('after an outage of the store that was longer than an access token lives', () => {
  test.each([
    'bearer',
    'bound',
  ])('a %s browser that is kept gets an access cookie, and is told how long that one is good', async (kind) => {
    let isAway = false;
    const store = interceptStore(createMemoryStore(), (method, perform) =>
      isAway ? Promise.reject(new PawlError('store_unavailable', method)) : perform(),
    );
    await harness.close();
    harness = await startHarness('fetch', { policy, accessSeconds, store });
    const key = createProofKey();
    const proof = async (url: string) => ({
      dpop: await makeProof(key, { method: 'POST', url: harness.origin + url, at: harness.clock.now() }),
    });
    const login = await harness.authority.login({
      subject: 'ada',
      transport: 'cookie',
      ...(kind === 'bound' ? { boundKey: key.thumbprint } : {}),
    });
    if (!login.granted) throw new Error('login refused');
    let token = login.tokens.refreshToken;
    const refresh = async () => {
      const cookie = `${harness.names.refresh}=${token}`;
      const shown = kind === 'bound' ? await proof('/refresh') : {};
      return harness.post('/refresh', {}, { cookie, ...sameOrigin(), ...shown });
    };
    const userinfo = (accessToken: string | null) =>
      harness.send('/userinfo', { headers: { cookie: `${harness.names.access}=${accessToken ?? ''}` } });

    const rotated = await answerOf(await refresh());
    token = rotated.refreshToken ?? '';
    harness.clock.advance(2);
    isAway = true;
    for (let waitedSeconds = 0; waitedSeconds <= accessSeconds; waitedSeconds += 30) {
      expect((await refresh()).status).toBe(503);
      await expect(harness.authority.maintain()).rejects.toMatchObject({ code: 'store_unavailable' });
      harness.clock.advance(30);
    }
    isAway = false;
    expect((await userinfo(rotated.accessToken)).status).toBe(401);

    const kept = await answerOf(await refresh());
    const { iat, exp } = claimsOf(kept.accessToken ?? '');
    expect([kept.outcome, kept.refreshToken, kept.maxAges]).toEqual(['kept', null, [exp - iat]]);
    expect(kept.expiresIn).toBe(exp - iat);
    expect((await userinfo(kept.accessToken)).status).toBe(200);
  });
});
