import { day, hour, minute, type Expectation, type Scenario } from './scenario.js';

const bearer: Expectation = {
  promise: 'P5',
  user: 'logs in again',
  thief: { atMostSeconds: hour },
};

/** The device is gone; an hour later its owner calls, and the operator ends everything. */
export const stolenLongLivedToken: Scenario = {
  name: 'stolen-long-lived-token',
  title: 'stolen long-lived token, reported after 1 h',
  question: 'Can a stolen session be ended at all before it expires?',
  expected: {
    strict: bearer,
    balanced: bearer,
    resilient: bearer,
    bound: { promise: 'P4', user: 'logs in again', thief: 'never in' },
  },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(10 * minute, minute);
    stage.thief.copyTokensOf(user);
    const stolenAt = stage.world.elapsedSeconds();
    await stage.world.all([
      () => stage.thief.persist(31 * day),
      async () => {
        await stage.world.sleepUntil(stolenAt + hour);
        await stage.operate('ends every session of alice', (service) => service.revokeSubject('alice'));
        await stage.world.sleep(10 * minute);
        await user.use();
      },
    ]);
  },
};
