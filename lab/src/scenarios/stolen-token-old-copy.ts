import { uselessWithoutKey } from './known-limits.js';
import { day, hour, type Expectation, minute, type Scenario } from './scenario.js';

const reused: Expectation = {
  promise: 'P2',
  user: 'logs in again',
  thief: 'never in',
  alarm: 'session.reused',
};

/** The thief keeps a copy in a drawer while the owner goes on working. */
export const stolenTokenOldCopy: Scenario = {
  name: 'stolen-token-old-copy',
  title: 'stolen refresh token, first used 4 h later',
  question: 'Is a retired token noticed however old it is?',
  expected: {
    strict: reused,
    balanced: reused,
    resilient: reused,
    bound: uselessWithoutKey,
  },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(10 * minute, minute);
    stage.thief.copyTokensOf(user);
    await user.work(4 * hour, 5 * minute);
    await stage.world.all([() => stage.thief.persist(2 * day), () => user.work(hour, 5 * minute)]);
  },
};
