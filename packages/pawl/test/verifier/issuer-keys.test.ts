import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { VerifierEvent } from '../../src/verifier/index.js';
import {
  claimsOf,
  createForeignKey,
  createIssuer,
  createWorld,
  type ForeignKey,
  type Issuer,
  issuer,
  startAt,
  type World,
} from './issuer.js';

let first: ForeignKey;
let second: ForeignKey;
let token: string;
let from: Issuer;
let world: World;
let events: VerifierEvent[];

const dayLong = { exp: startAt + 2 * 86_400 };
const isAway = (): Promise<Response> => Promise.reject(new TypeError('fetch failed'));

beforeAll(async () => {
  first = await createForeignKey('ES256', 'first');
  second = await createForeignKey('ES256', 'second');
  token = await first.sign(claimsOf(dayLong));
});

beforeEach(() => {
  from = createIssuer(first);
  events = [];
  world = createWorld(from, { onEvent: (event) => events.push(event) });
});

function told(type: VerifierEvent['type']): number {
  return events.filter((event) => event.type === type).length;
}

describe('the issuer’s keys', () => {
  test('are not asked for before the first token, and then once for any number of tokens', async () => {
    expect(from.asked).toEqual([]);
    await Promise.all(Array.from({ length: 100 }, () => world.check(token)));
    expect(from.asked).toEqual([`${issuer}/.well-known/oauth-authorization-server`, `${issuer}/jwks.json`]);
  });

  test('are fetched anew, in the background, at half of their age, and waited for at its end', async () => {
    await world.check(token);
    world.clock.advance(149);
    await world.check(token);
    expect(from.loads).toBe(1);
    world.clock.advance(1);
    let letGo: (() => void) | undefined;
    from.answer = () =>
      new Promise<null>((resolve) => {
        letGo = () => resolve(null);
      });
    // Answered though the load hangs.
    expect(await world.check(token)).toBe('ok');
    expect(from.loads).toBe(2);
    world.clock.advance(149);
    expect(await world.check(token)).toBe('ok');
    letGo?.();
    from.answer = null;
    world.clock.advance(1000);
    from.keys = [second.publicJwk];
    expect(await world.check(token)).toBe('unknown-key');
  });

  test.each([
    ['max-age=0', 5],
    ['no-store', 5],
    ['no-cache', 5],
    ['max-age=60', 60],
    ['public, max-age="60"', 60],
    ['max-age=999999999', 3600],
    ['max-age=-5', 300],
    ['max-age=abc', 300],
    ['s-maxage=9', 300],
    [null, 300],
  ] as const)('are kept as long as the issuer says, within limits: %s', async (cacheControl, seconds) => {
    from.cacheControl = cacheControl;
    await world.check(token);
    world.clock.advance(seconds / 2 - 0.1);
    await world.check(token);
    expect(from.loads).toBe(1);
    world.clock.advance(0.1);
    await world.check(token);
    expect(from.loads).toBe(2);
  });

  test('that left the set take their tokens with them, remembered ones too', async () => {
    expect(await world.check(token)).toBe('ok');
    from.keys = [second.publicJwk];
    world.clock.advance(2);
    // A token of the new key makes the set be read.
    expect(await world.check(await second.sign(claimsOf()))).toBe('ok');
    expect(await world.check(token)).toBe('unknown-key');
    expect(told('keys.loaded')).toBe(2);
  });

  test('that were replaced under the same kid do not serve for old tokens', async () => {
    expect(await world.check(token)).toBe('ok');
    from.keys = [{ ...second.publicJwk, kid: first.kid }];
    world.clock.advance(301);
    expect(await world.check(token)).toBe('signature');
  });

  test('that are gone to the last are an answer, not a failure', async () => {
    expect(await world.check(token)).toBe('ok');
    from.keys = [];
    world.clock.advance(301);
    expect(await world.check(token)).toBe('unknown-key');
    expect(told('keys.unavailable')).toBe(0);
  });
});

describe('an issuer that is down', () => {
  test('at the start: 503 with Retry-After, retried, and tokens are accepted once it is there', async () => {
    from.answer = isAway;
    const refusal = await world.verifier.verifyToken(token);
    expect(refusal).toMatchObject({ ok: false, status: 503, reason: 'no-keys' });
    expect(refusal.ok ? [] : refusal.headers).toContainEqual(['retry-after', '1']);
    expect(refusal.ok ? [] : refusal.headers.map(([name]) => name)).not.toContain('www-authenticate');
    expect(await world.verifier.ready()).toBe(false);
    from.answer = null;
    world.clock.advance(1);
    expect(await world.verifier.ready()).toBe(true);
    expect(await world.check(token)).toBe('ok');
    expect([told('keys.unavailable'), told('keys.loaded')]).toEqual([1, 1]);
  });

  test('at the start: what is malformed is still 401', async () => {
    from.answer = isAway;
    expect(await world.check('nonsense')).toBe('malformed');
  });

  test('is asked less and less often, and never by each request', async () => {
    from.answer = isAway;
    const waits: number[] = [];
    for (let second = 0; second < 200; second++) {
      const before = from.asked.length;
      await Promise.all(Array.from({ length: 5 }, () => world.check(token)));
      if (from.asked.length > before) waits.push(second);
      expect(from.asked.length - before).toBeLessThanOrEqual(1);
      world.clock.advance(1);
    }
    expect(waits.map((second, at) => second - (waits[at - 1] ?? 0))).toEqual([
      0, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30,
    ]);
    expect(told('keys.unavailable')).toBe(1);
  });

  test('later: the old keys serve for as long as the option says, and no request waits', async () => {
    world = createWorld(from, { maxKeysAgeSeconds: 3600 });
    expect(await world.check(token)).toBe('ok');
    from.answer = isAway;
    for (let minute = 1; minute < 60; minute++) {
      world.clock.advance(60);
      expect(await world.check(token), `minute ${String(minute)}`).toBe('ok');
    }
    world.clock.advance(60);
    expect(await world.check(token)).toBe('no-keys');
    from.answer = null;
    world.clock.advance(30);
    expect(await world.check(token)).toBe('ok');
  });

  test('later: a token of a key that is not known is 503, because it may be a new one', async () => {
    expect(await world.check(token)).toBe('ok');
    from.answer = isAway;
    world.clock.advance(2);
    const late = await second.sign(claimsOf());
    expect(await world.check(late)).toBe('no-keys');
    from.answer = null;
    from.keys = [first.publicJwk, second.publicJwk];
    world.clock.advance(2);
    expect(await world.check(late)).toBe('ok');
  });

  test.each([
    ['an error', () => new Response('oops', { status: 500 })],
    ['404 everywhere', () => new Response(null, { status: 404 })],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } })],
    ['no JSON', () => new Response('<html>')],
    ['an array', () => Response.json([])],
    ['a repeated member', () => new Response(`{"issuer":"${issuer}","issuer":"${issuer}"}`)],
    ['too much', () => new Response('x'.repeat(300_000))],
    ['another issuer', () => Response.json({ issuer: `${issuer}/`, jwks_uri: `${issuer}/jwks.json` })],
    ['no address of keys', () => Response.json({ issuer })],
    ['keys over plain http', () => Response.json({ issuer, jwks_uri: 'http://auth.example/jwks.json' })],
    ['keys in a file', () => Response.json({ issuer, jwks_uri: 'file:///etc/passwd' })],
  ] as const)('is what one is that answers with %s', async (_what, answer) => {
    from.answer = (url) => (url.includes('.well-known') ? answer() : null);
    expect(await world.check(token)).toBe('no-keys');
    expect(from.loads).toBe(0);
    const [event] = events;
    expect(event?.type === 'keys.unavailable' && String(event.error)).toContain(issuer);
  });

  test('is what one is whose key set is none', async () => {
    from.answer = (url) => (url.endsWith('/jwks.json') ? Response.json({ keys: 'none' }) : null);
    expect(await world.check(token)).toBe('no-keys');
  });
});

test('an issuer with a path is found where RFC 8414 says, and below its path', async () => {
  const withPath = `${issuer}/tenant/a`;
  const standard = `${issuer}/.well-known/oauth-authorization-server/tenant/a`;
  const below = `${withPath}/.well-known/oauth-authorization-server`;
  for (const found of [standard, below]) {
    const tokenOfPath = await first.sign(claimsOf({ iss: withPath }));
    const asked: string[] = [];
    const ofPath = createWorld(from, {
      issuer: withPath,
      fetch: async (url) => {
        asked.push(url);
        if (url === found) return Response.json({ issuer: withPath, jwks_uri: `${withPath}/jwks.json` });
        if (url === `${withPath}/jwks.json`) return Response.json({ keys: from.keys });
        return new Response(null, { status: 404 });
      },
    });
    expect(await ofPath.check(tokenOfPath)).toBe('ok');
    expect(asked[0]).toBe(standard);
  }
});

test('a load that was cut off with its request does not keep the keys from being loaded', async () => {
  from.answer = () => new Promise<never>(() => undefined);
  void world.check(token);
  world.clock.advance(21);
  from.answer = null;
  expect(await world.check(token)).toBe('ok');
});

test('remembered tokens are bounded, and the one in use stays', async () => {
  const small = createWorld(from, { maxCachedTokens: 10 });
  const tokens = await Promise.all(
    Array.from({ length: 40 }, (_, at) => first.sign(claimsOf({ jti: `token-${String(at)}` }))),
  );
  for (const other of tokens) {
    expect(await small.check(other)).toBe('ok');
    expect(await small.check(token)).toBe('ok');
  }
});
