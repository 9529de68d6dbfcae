import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ClientWorld, openClientWorld } from './world.js';

let world: ClientWorld;

beforeEach(async () => {
  world = await openClientWorld();
});

afterEach(() => world.close());

test.each(['dpop', 'none'] as const)('a login with a second factor, binding %s', async (binding) => {
  const tab = world.open({ binding });
  const asked = await tab.login({ username: 'twice', password: 'correct' });
  expect(asked).toEqual({ ok: false, reason: 'factor', factors: ['otp'], state: 'password was right' });
  expect(await tab.session()).toMatchObject({ status: 'anonymous' });
  const { state } = asked as { readonly state: string };
  expect(await tab.login({ state, members: { otp: '000000' } })).toEqual({ ok: false, reason: 'wrong' });
  expect(await tab.login({ state, members: { otp: '123456' }, device: 'laptop' })).toMatchObject({
    ok: true,
  });
  expect((await tab.fetch(`${world.issuer}/userinfo`)).status).toBe(200);
  expect(await world.harness.authority.listSessions('twice')).toMatchObject([{ device: 'laptop' }]);
});
