import { balancedLogsOut, strictLogsOut } from './known-limits.js';
import { type Expectation, hour, minute, type Scenario } from './scenario.js';

const staysIn: Expectation = { promise: 'P3', user: 'stays in' };

/** As a lost answer, only that it came: the client died between reading and storing it. */
export const crashBeforeStoring: Scenario = {
  name: 'crash-before-storing',
  title: 'client crashes before storing, back after 30 s',
  question: 'Does a client that died with the new token in its hands stay logged in?',
  expected: { strict: strictLogsOut, balanced: balancedLogsOut, resilient: staysIn, bound: staysIn },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(12 * minute, minute);
    await stage.world.sleep(minute);
    await user.refreshAndCrash();
    await stage.world.sleep(30);
    await user.refresh();
    await user.work(hour, 5 * minute);
  },
};
