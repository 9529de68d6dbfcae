import { uselessWithoutKey } from './known-limits.js';
import { day, hour, minute, type Expectation, type Scenario } from './scenario.js';

const neverNoticed: Expectation = {
  promise: 'limit',
  user: 'stays in',
  thief: { atMostSeconds: 90 * day },
  note: 'when the owner never comes back, nobody presents the retired token: the thief lasts until the absolute lifetime of the session, 90 days by default',
};

/** As at night, but the owner has moved on to another device for good. */
export const stolenTokenUserGone: Scenario = {
  name: 'stolen-token-user-gone',
  title: 'newest token stolen, user never comes back',
  question: 'Does a forgotten session that was stolen ever end?',
  expected: {
    strict: neverNoticed,
    balanced: neverNoticed,
    resilient: neverNoticed,
    bound: uselessWithoutKey,
  },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(hour, 5 * minute);
    await stage.world.sleep(30 * minute);
    stage.thief.copyTokensOf(user);
    await stage.thief.persist(120 * day);
  },
};
