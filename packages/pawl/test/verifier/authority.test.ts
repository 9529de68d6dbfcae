import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createVerifier,
  type VerifyResult,
  type Verifier,
  type VerifierEvent,
} from '../../src/verifier/index.js';
import { type Harness, startHarness } from '../http/harness.js';

/** What a verification came to, in one word. */
function reasonOf(verification: VerifyResult): string {
  return verification.ok ? 'ok' : verification.reason;
}

describe('a verifier whose issuer is an authority over HTTP', () => {
  let harness: Harness;
  let verifier: Verifier;
  let events: VerifierEvent[];

  const bearer = (token: string): Request =>
    new Request('https://api.example/orders', { headers: { authorization: `Bearer ${token}` } });
  const verify = async (token: string): Promise<string> => reasonOf(await verifier.verify(bearer(token)));

  beforeEach(async () => {
    harness = await startHarness('node', { audience: 'https://api.example' });
    events = [];
    verifier = createVerifier({
      issuer: harness.origin,
      audience: 'https://api.example',
      clock: harness.clock,
      onEvent: (event) => events.push(event),
    });
  });

  afterEach(() => harness.close());

  test('accepts its tokens and tells whose they are', async () => {
    const login = await harness.login();
    const verification = await verifier.verify(bearer(login.access_token));
    expect(verification).toMatchObject({
      ok: true,
      session: { subject: 'ada', sessionId: login.session_id, clientId: 'first-party', boundKey: null },
    });
    expect(await verifier.verifyToken(login.access_token)).toEqual(verification);
    expect(events.map(({ type }) => type)).toEqual(['keys.loaded']);
  });

  test('refuses a token at its expiry plus the leeway, remembered or not', async () => {
    const { access_token: token, expires_in: seconds } = await harness.login();
    const forgetful = createVerifier({
      issuer: harness.origin,
      audience: 'https://api.example',
      clock: harness.clock,
      maxCachedTokens: 0,
    });
    expect([await verify(token), reasonOf(await forgetful.verifyToken(token))]).toEqual(['ok', 'ok']);
    harness.clock.advance(seconds + 4);
    expect([await verify(token), reasonOf(await forgetful.verifyToken(token))]).toEqual(['ok', 'ok']);
    harness.clock.advance(1);
    expect([await verify(token), reasonOf(await forgetful.verifyToken(token))]).toEqual([
      'expired',
      'expired',
    ]);
  });

  test('follows a rotation of the signing key without refusing anybody', async () => {
    const before = await harness.login();
    expect(await verify(before.access_token)).toBe('ok');
    await harness.authority.keys.rotate('access');
    for (let minute = 0; minute < 90; minute++) {
      harness.clock.advance(60);
      await harness.authority.maintain();
      const { access_token: token } = await harness.login();
      expect(await verify(token), `minute ${String(minute)}`).toBe('ok');
    }
    const keyIds = events.flatMap((event) => (event.type === 'keys.loaded' ? [event.keyIds] : []));
    expect(new Set(keyIds.flat()).size).toBe(2);
  });

  test('takes a key that was never announced on an unknown kid, and refuses the compromised one from then on', async () => {
    const old = await harness.login();
    expect(await verify(old.access_token)).toBe('ok');
    harness.clock.advance(2);
    const [active] = harness.authority.keys
      .list()
      .filter(({ use, state }) => use === 'access' && state === 'active');
    await harness.authority.keys.compromise(String(active?.id));
    const fresh = await harness.login();
    expect(await verify(fresh.access_token)).toBe('ok');
    expect(await verify(old.access_token)).toBe('unknown-key');
  });

  test('goes on with the keys it has while the issuer is down', async () => {
    const { access_token: token } = await harness.login();
    expect(await verify(token)).toBe('ok');
    await harness.close();
    harness.clock.advance(200);
    expect(await verify(token)).toBe('ok');
    const { access_token: late } = await harness.authority
      .login({ subject: 'ada' })
      .then((login) => ({ access_token: login.granted ? login.tokens.accessToken : '' }));
    // Past what the keys were loaded for, and within the shortest life of a token.
    harness.clock.advance(280);
    expect(await verify(late)).toBe('ok');
  });
});
