import { describe, expect, test } from 'vitest';
import type { AccessClaims } from '../../src/access/claims.js';
import type { Authority, RefreshRequest, Tokens } from '../../src/index.js';
import { grantedAs, loginAs, openWorld, summaryOf } from './world.js';

const key = 'A'.repeat(43);
const otherKey = 'B'.repeat(43);

type Transport = 'body' | 'cookie';

/** What the client is told of its access token, and what the token says: whose key must be shown with it. */
async function boundTo(authority: Authority, { tokenType, accessToken }: Tokens) {
  const verification = await authority.verify(accessToken);
  if (!verification.valid) throw new Error(verification.reason);
  const { cnf }: AccessClaims = verification.claims;
  return { tokenType, jkt: cnf?.jkt ?? null };
}

const bearer = { tokenType: 'Bearer', jkt: null };
const byCookie = { tokenType: 'DPoP', jkt: null };
const boundToKey = (jkt: string) => ({ tokenType: 'DPoP', jkt });

const confidential = { clientId: 'app', clientAuthenticated: true } as const;

describe('the key of the tokens', () => {
  /** A session that was bound to `bound` at login, refreshed with a proof by `proven`, by the same transport. */
  const granted: readonly [Transport, string | null, string | null, Partial<RefreshRequest>, object][] = [
    ['body', null, null, {}, bearer],
    // A first proof at a refresh binds nothing: a thief could be first.
    ['body', null, key, {}, bearer],
    ['body', null, key, confidential, boundToKey(key)],
    ['body', key, key, {}, boundToKey(key)],
    ['body', key, key, confidential, boundToKey(key)],
    ['body', key, otherKey, confidential, boundToKey(otherKey)],
    ['cookie', null, null, {}, bearer],
    ['cookie', null, key, {}, bearer],
    ['cookie', key, key, {}, byCookie],
  ];

  test.each(
    granted,
  )('by %s, login with %s, refresh with %s %o', async (transport, bound, proven, client, expected) => {
    const { authority, clock } = await openWorld();
    const login = await loginAs(authority, 'alice', {
      clientId: 'app',
      transport,
      ...(bound === null ? {} : { boundKey: bound }),
    });
    const ask = (refreshToken: string) =>
      authority.refresh({
        refreshToken,
        transport,
        ...(proven === null ? {} : { provenKey: proven }),
        ...client,
      });
    const rotated = grantedAs('rotated', await ask(login.refreshToken));
    const replayed = grantedAs('replayed', await ask(login.refreshToken));
    const kept = grantedAs('kept', await ask(rotated.refreshToken));
    clock.advance(60);
    const again = grantedAs('rotated', await ask(rotated.refreshToken));
    for (const tokens of [rotated, replayed, kept, again]) {
      expect(await boundTo(authority, tokens)).toEqual(expected);
    }
  });

  test.each([
    ['body', null, bearer],
    ['body', key, boundToKey(key)],
    ['cookie', null, bearer],
    ['cookie', key, byCookie],
  ] as const)('of a login by %s with %s', async (transport, bound, expected) => {
    const { authority } = await openWorld();
    const request = { transport, ...(bound === null ? {} : { boundKey: bound }) };
    expect(await boundTo(authority, await loginAs(authority, 'alice', request))).toEqual(expected);
  });
});

describe('a bound session is refreshed by the way on which it began, with its key', () => {
  const refused: readonly [Transport, Transport, string | null, Partial<RefreshRequest>][] = [
    ['body', 'cookie', key, {}],
    ['cookie', 'body', key, {}],
    // A client with a secret may change keys, not ways.
    ['body', 'cookie', otherKey, confidential],
    ['cookie', 'body', otherKey, confidential],
    ['cookie', 'cookie', otherKey, confidential],
    ['body', 'body', otherKey, { clientId: 'app' }],
    ['body', 'body', otherKey, { clientAuthenticated: true }],
    ['body', 'body', null, confidential],
    ['cookie', 'cookie', null, {}],
  ];

  test.each(
    refused,
  )('login by %s, refresh by %s with %s %o: wrong-key', async (began, transport, proven, client) => {
    const { authority, takeEvents } = await openWorld();
    const { refreshToken } = await loginAs(authority, 'alice', {
      clientId: 'app',
      transport: began,
      boundKey: key,
    });
    takeEvents();
    const provenKey = proven === null ? {} : { provenKey: proven };
    expect(await authority.refresh({ refreshToken, transport, ...provenKey, ...client })).toEqual({
      granted: false,
      outcome: 'wrong-key',
      sessionOver: false,
    });
    expect(takeEvents().map(summaryOf)).toEqual(['session.wrong-key nothing']);
    const owner = await authority.refresh({ refreshToken, transport: began, provenKey: key });
    expect(owner.outcome).toBe('rotated');
  });
});

describe('`stretched`', () => {
  test('is false while the store answers, for tokens of any age', async () => {
    const { authority, clock } = await openWorld({ policy: 'resilient' });
    const login = await loginAs(authority, 'alice');
    const spared: [string, boolean][] = [];
    const ask = async (refreshToken: string): Promise<string> => {
      const result = await authority.refresh({ refreshToken });
      if (!result.granted) throw new Error(result.outcome);
      spared.push([result.outcome, result.stretched]);
      return result.tokens.refreshToken;
    };
    await ask(login.refreshToken);
    clock.advance(60);
    const forked = await ask(login.refreshToken);
    await ask(login.refreshToken);
    clock.advance(9);
    await ask(forked);
    clock.advance(60);
    await ask(forked);
    expect(spared).toEqual(
      ['rotated', 'forked', 'replayed', 'kept', 'rotated'].map((outcome) => [outcome, false]),
    );
  });
});
