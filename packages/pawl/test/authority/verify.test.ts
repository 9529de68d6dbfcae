import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { openKeyRing, parseMasterKey } from '../../src/keys/index.js';
import { createAuthority } from '../../src/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { createFakeClock } from '../../src/testing/fake-clock.js';
import { signAccessToken } from '../../src/access/access-token.js';
import type { AccessClaims } from '../../src/access/claims.js';

test('a leaked access key makes no token of another subject or another proof key for a session', async () => {
  const store = createMemoryStore();
  const clock = createFakeClock(1_800_000_000);
  const masterKey = parseMasterKey('ab'.repeat(32));
  const issuer = 'https://auth.example';
  const authority = await createAuthority({ issuer, store, masterKey, clock, maintenance: 'manual' });
  const ownersKey = createHash('sha256').update('owner').digest('base64url');
  const thiefsKey = createHash('sha256').update('thief').digest('base64url');
  const bearer = await authority.login({ subject: 'ada' });
  const bound = await authority.login({ subject: 'ada', boundKey: ownersKey });
  if (!bearer.granted || !bound.granted) throw new Error('login refused');

  const { documents } = store;
  const leaked = await openKeyRing({
    issuer: authority.issuer,
    documents,
    masterKeys: [masterKey],
    algorithm: 'ES256',
    now: clock.now(),
  });
  const isTaken = async (claims: AccessClaims): Promise<boolean> =>
    (await authority.verify(signAccessToken(claims, leaked.accessKey()))).valid;
  const withoutKey = async (accessToken: string): Promise<boolean> => {
    const genuine = await authority.verify(accessToken);
    if (!genuine.valid) throw new Error('the genuine token is refused');
    const { cnf, ...claims } = genuine.claims;
    expect(cnf).toBeDefined();
    return isTaken(claims);
  };
  const forge = async (accessToken: string, changes: Partial<AccessClaims>): Promise<boolean> => {
    const genuine = await authority.verify(accessToken);
    if (!genuine.valid) throw new Error('the genuine token is refused');
    return isTaken({ ...genuine.claims, ...changes });
  };
  const { accessToken: bearerToken } = bearer.tokens;
  const { accessToken: boundToken } = bound.tokens;
  expect(await forge(bearerToken, { jti: 'another' })).toBe(true);
  expect(await forge(bearerToken, { sub: 'bob' })).toBe(false);
  expect(await withoutKey(boundToken)).toBe(false);
  expect(await forge(boundToken, { cnf: { jkt: thiefsKey } })).toBe(false);
  expect(await forge(bearerToken, { sid: bound.tokens.sessionId })).toBe(false);
  await authority.close();
});
