import { day, hour, type Expectation, minute, type Scenario } from './scenario.js';

const detected: Expectation = {
  promise: 'P1',
  user: 'stays in',
  thief: 'never in',
  alarm: 'session.forged',
};

/** The secret under which refresh tokens are signed, and a copy of the store with it. */
export const leakedRefreshSecret: Scenario = {
  name: 'leaked-refresh-secret',
  title: 'leaked refresh secret and stolen database',
  question: 'Can somebody who signs with our refresh secret make a session out of nothing?',
  expected: { strict: detected, balanced: detected, resilient: detected, bound: detected },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(10 * minute, minute);
    const forged = await stage.service.forgeRefreshTokens('alice');
    if (forged === null) {
      stage.measure('nothing to leak');
      return;
    }
    const loot = { accessTokens: [], refreshTokens: forged };
    stage.thief.take('alice', loot, 'refresh tokens signed with our secret');
    await stage.world.all([() => stage.thief.persist(60 * day), () => user.work(2 * hour, 5 * minute)]);
  },
};
