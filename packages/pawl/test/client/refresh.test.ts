import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SessionRecord, SessionState } from '../../src/client/session-record.js';
import {
  type ClientWorld,
  credentials,
  fairWeather,
  openClientWorld,
  sentTo,
  turns,
  type Weather,
} from './world.js';

let world: ClientWorld;

beforeEach(async () => {
  world = await openClientWorld();
});

afterEach(() => world.close());

const binding = 'none' as const;
const userinfo = (): string => `${world.issuer}/userinfo`;
const passAccess = (): void => world.harness.clock.advance(301);
const onlyRefresh =
  (weather: Weather): Weather =>
  (request, forward) =>
    request.url.endsWith('/refresh') ? weather(request, forward) : forward();

/** A weather for the first `count` refreshes, and fair weather after. */
function spell(count: number, weather: Weather): Weather {
  let left = count;
  return onlyRefresh((request, forward) => (left-- > 0 ? weather(request, forward) : forward()));
}

test('tabs that find the access token over refresh once, and all of them go on with the result', async () => {
  const tabs = [1, 2, 3].map(() => world.open({ binding }));
  await tabs[0]?.login(credentials);
  passAccess();
  const answers = await Promise.all(tabs.flatMap((tab) => [tab.fetch(userinfo()), tab.fetch(userinfo())]));
  expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
  expect(sentTo(world, '/refresh')).toEqual(['POST /refresh 200']);
});

test('a token of which nothing is over is not refreshed, and one that is refused is, once', async () => {
  const tab = world.open({ binding });
  await tab.login(credentials);
  expect((await tab.fetch(userinfo())).status).toBe(200);
  expect(sentTo(world, '/refresh')).toEqual([]);
  let refusals = 1;
  world.weather = (request, forward) => {
    const isRefused = request.url === userinfo() && refusals-- > 0;
    return isRefused ? Promise.resolve(new Response(null, { status: 401 })) : forward();
  };
  expect((await tab.fetch(userinfo(), { method: 'POST', body: '' })).status).toBe(200);
  expect(sentTo(world, '/refresh')).toEqual(['POST /refresh 200']);
  refusals = 9;
  expect((await tab.fetch(userinfo())).status).toBe(401);
  expect(sentTo(world, '/userinfo').slice(-2)).toEqual(Array(2).fill('GET /userinfo 401'));
});

describe('no trouble ends a session', () => {
  const answer =
    (status: number, body = '', headers = {}) =>
    () =>
      Promise.resolve(new Response(body, { status, headers }));
  const troubles: Record<string, Weather> = {
    'a broken network': () => Promise.resolve(null),
    'an answer that is lost': async (_request, forward) => {
      await forward();
      return null;
    },
    '503': answer(503, '{"error":"temporarily_unavailable"}', { 'retry-after': '1' }),
    '500': answer(500, 'oops'),
    '429': answer(429, '{"error":"too_many_attempts"}'),
    '404 of a proxy': answer(404, '<h1>not here</h1>'),
    '401 of a proxy': answer(401, '{"error":"invalid_token"}'),
    '400 of a proxy': answer(400, '<h1>invalid_grant</h1>'),
    '400 of another kind': answer(400, '{"error":"invalid_request"}'),
    '403 invalid_grant': answer(403, '{"error":"invalid_grant"}'),
    'a portal that answers everything': answer(200, '<h1>Welcome to our wifi</h1>'),
    'an answer without tokens': answer(200, '{}'),
    'JSON that is no object': answer(400, 'null'),
  };

  test.each(Object.keys(troubles))('%s: waited out', async (name) => {
    const tab = world.open({ binding });
    await tab.login(credentials);
    passAccess();
    world.weather = spell(3, troubles[name] as Weather);
    expect((await tab.fetch(userinfo())).status).toBe(200);
    expect(world.waits).toHaveLength(3);
  });

  // An answer that is lost for longer than the window is a stated limit of sessions without a key.
  const lasting = Object.keys(troubles).filter((name) => name !== 'an answer that is lost');
  test.each(lasting)('%s: for longer than a call waits, and over later', async (name) => {
    const tab = world.open({ binding });
    await tab.login(credentials);
    passAccess();
    world.weather = onlyRefresh(troubles[name] as Weather);
    await expect(tab.fetch(userinfo())).rejects.toMatchObject({ name: 'ClientError', code: 'unavailable' });
    expect(world.waits.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThanOrEqual(30);
    expect(await tab.session()).toMatchObject({ status: 'signed-in' });
    world.harness.clock.advance(3600);
    world.weather = fairWeather;
    expect((await tab.fetch(userinfo())).status).toBe(200);
  });

  test('waits grow, are spread, and are as long as Retry-After asks', async () => {
    const tab = world.open({ binding, patienceSeconds: 100 });
    await tab.login(credentials);
    passAccess();
    world.weather = spell(9, () => Promise.resolve(null));
    await tab.fetch(userinfo());
    world.waits.forEach((seconds, attempt) => {
      const longest = Math.min(0.25 * 2 ** attempt, 15);
      expect(seconds).toBeLessThanOrEqual(longest + 1e-6);
      expect(seconds).toBeGreaterThanOrEqual(longest / 2 - 1e-6);
    });
    passAccess();
    world.waits.length = 0;
    world.weather = spell(1, answer(503, '', { 'retry-after': '7' }));
    await tab.fetch(userinfo());
    expect(world.waits[0]).toSatisfy((seconds: number) => seconds >= 7 && seconds <= 7.7);
  });

  test('a storage that fails: the new tokens are used only when they are stored', async () => {
    let failing = 0;
    const storage = {
      ...world.storage,
      replace: (revision: number, next: SessionRecord) =>
        failing-- > 0 ? Promise.reject(new Error('the disk is full')) : world.storage.replace(revision, next),
    };
    const tab = world.open({ binding, storage });
    await tab.login(credentials);
    passAccess();
    failing = 2;
    expect((await tab.fetch(userinfo())).status).toBe(200);
    expect(sentTo(world, '/refresh')).toHaveLength(3);
    expect(world.events.filter(({ type }) => type === 'session.revoked')).toEqual([]);
  });
});

describe('a definite refusal', () => {
  test('ends the session in every tab, which all learn why, once', async () => {
    const tabs = [1, 2, 3].map(() => world.open({ binding }));
    const heard: SessionState[][] = tabs.map(() => []);
    tabs.forEach((tab, index) => tab.onChange((state) => heard[index]?.push(state)));
    const login = await tabs[0]?.login(credentials);
    if (login?.ok !== true) throw new Error('no login');
    const { sessionId } = login;
    await world.harness.authority.revokeSession(sessionId);
    passAccess();
    const response = await tabs[1]?.fetch(userinfo());
    expect(response?.status).toBe(401);
    await turns(5);
    const ended = { status: 'ended', sessionId, reason: 'refused' };
    for (const states of heard) {
      expect(states).toEqual([{ status: 'signed-in', sessionId, bound: false }, ended]);
    }
    // Nothing is asked again for a session that is over.
    await Promise.all(tabs.map((tab) => tab.fetch(userinfo())));
    expect(sentTo(world, '/refresh')).toEqual(['POST /refresh 400']);
    expect((await tabs[2]?.login(credentials))?.ok).toBe(true);
    expect((await tabs[0]?.fetch(userinfo()))?.status).toBe(200);
  });

  test('of a token that is not the newest any more says nothing: the newest is tried', async () => {
    const tab = world.open({ binding });
    await tab.login(credentials);
    passAccess();
    world.weather = spell(1, async (_request, forward) => {
      // A client without a lock was quicker, and has stored what it got.
      const answer = (await (await forward()).json()) as Record<string, unknown>;
      const stored = await world.storage.load();
      if (stored?.status !== 'signed-in') throw new Error('nothing is stored');
      await world.storage.replace(stored.revision, {
        ...stored,
        revision: stored.revision + 1,
        tokens: { ...stored.tokens, refreshToken: String(answer['refresh_token']), generation: 1 },
      });
      return new Response('{"error":"invalid_grant"}', { status: 400 });
    });
    expect((await tab.fetch(userinfo())).status).toBe(200);
    expect(sentTo(world, '/refresh')).toEqual(['POST /refresh 400', 'POST /refresh 200']);
  });
});

describe('a late answer', () => {
  test('does not bring back a session that was logged out in another tab', async () => {
    const [tab, other] = [world.open({ binding }), world.open({ binding })];
    await tab.login(credentials);
    passAccess();
    world.weather = spell(1, async (_request, forward) => {
      const response = await forward();
      expect(await other.logout()).toBe(true);
      return response;
    });
    expect((await tab.fetch(userinfo())).status).toBe(401);
    for (const each of [tab, other]) {
      expect(await each.session()).toMatchObject({ status: 'ended', reason: 'logged-out' });
    }
  });

  test('does not replace the tokens of another login', async () => {
    const [tab, other] = [world.open({ binding }), world.open({ binding })];
    await tab.login(credentials);
    passAccess();
    let second: unknown;
    world.weather = spell(1, async (_request, forward) => {
      const response = await forward();
      second = await other.login({ username: 'bob', password: 'correct' });
      return response;
    });
    const answer = (await (await tab.fetch(userinfo())).json()) as { sub?: string };
    expect(answer.sub).toBe('bob');
    expect(await tab.session()).toMatchObject({ sessionId: (second as { sessionId: string }).sessionId });
    const ended = world.events.filter(({ type }) => type === 'session.revoked');
    expect(ended).toHaveLength(1);
  });
});

test.each([
  -86_400,
  -61,
  61,
  86_400 * 365,
])('a device clock that is %i s off changes nothing', async (clockOffSeconds) => {
  const tab = world.open({ binding, clockOffSeconds });
  await tab.login(credentials);
  for (let minute = 0; minute < 4; minute++) {
    expect((await tab.fetch(userinfo())).status).toBe(200);
    world.harness.clock.advance(60);
  }
  expect(sentTo(world, '/refresh')).toEqual([]);
  world.harness.clock.advance(60);
  // A tab that opens later has its time from what is stored.
  expect((await world.open({ binding, clockOffSeconds }).fetch(userinfo())).status).toBe(200);
  expect(world.log.slice(-2)).toEqual(['POST /refresh 200', 'GET /userinfo 200']);
});

test('a client that nobody tells finds the login of another by itself', async () => {
  const storage = { ...world.storage, watch: () => () => undefined };
  const untold = world.open({ binding, storage });
  expect((await untold.fetch(userinfo())).status).toBe(401);
  await world.open({ binding }).login(credentials);
  expect((await untold.fetch(userinfo())).status).toBe(200);
});
