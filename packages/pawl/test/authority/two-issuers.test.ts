import { expect, test } from 'vitest';
import { createAuthority } from '../../src/authority/create-authority.js';
import { parseMasterKey } from '../../src/keys/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { createFakeClock } from '../../src/testing/fake-clock.js';

test('an issuer takes nothing of another one on the same store, and ends nothing of it', async () => {
  const store = createMemoryStore();
  const clock = createFakeClock(1_800_000_000);
  const open = (issuer: string) =>
    createAuthority({
      issuer,
      store,
      clock,
      masterKey: parseMasterKey('ab'.repeat(32)),
      maintenance: 'manual',
      requireDpopNonce: true,
    });
  const [shop, bank] = [await open('https://shop.example'), await open('https://bank.example')];
  const login = await shop.login({ subject: 'ada', transport: 'cookie' });
  if (!login.granted) throw new Error('not granted');
  const { refreshToken, accessToken, sessionId } = login.tokens;

  expect(await bank.refresh({ refreshToken })).toMatchObject({ granted: false, outcome: 'malformed' });
  expect(await bank.recognise({ refreshToken })).toEqual({ recognised: false, reason: 'unknown' });
  expect(await bank.introspect(refreshToken)).toEqual({ active: false });
  expect(await bank.verify(accessToken)).toMatchObject({ valid: false });
  expect(await bank.reauthenticate({ subject: 'bob', held: refreshToken })).toMatchObject({
    outcome: 'none',
  });
  expect(await bank.logout(refreshToken)).toBe(false);
  expect(bank.dpopNonce()).not.toBe(shop.dpopNonce());
  expect(bank.isLoadMark(shop.loadMark())).toBe(false);

  expect((await shop.findSession(sessionId))?.alive).toBe(true);
  expect(await shop.refresh({ refreshToken, transport: 'cookie' })).toMatchObject({ outcome: 'rotated' });
  // Another node of the issuer takes what the first one made.
  const node = await open('https://shop.example');
  expect(node.isLoadMark(shop.loadMark())).toBe(true);
  for (const authority of [shop, bank, node]) await authority.close();
});
