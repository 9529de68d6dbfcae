import { day, type Expectation, minute, type Scenario } from './scenario.js';

const ended: Expectation = { promise: 'P5', user: 'logs out', thief: 'never in' };

/** The access token is long over when its owner presses the button, and a copy of the tokens lies elsewhere. */
export const logoutWithExpiredToken: Scenario = {
  name: 'logout-with-expired-token',
  title: 'logout with an expired access token',
  question: 'Does logout end the session on the server, whatever the client still holds?',
  expected: { strict: ended, balanced: ended, resilient: ended, bound: ended },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(10 * minute, minute);
    stage.thief.copyTokensOf(user);
    await stage.world.sleep(20 * minute);
    await stage.logOut(user);
    stage.thief.countFromNow();
    await stage.thief.persist(31 * day);
  },
};
