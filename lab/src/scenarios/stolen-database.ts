import { day, hour, type Expectation, minute, type Scenario } from './scenario.js';

const nothing: Expectation = { promise: 'P1', user: 'stays in', thief: 'never in' };

/** A copy of the whole store, without any signing secret. */
export const stolenDatabase: Scenario = {
  name: 'stolen-database',
  title: 'stolen database',
  question: 'Can somebody who reads the store pass for its users?',
  expected: { strict: nothing, balanced: nothing, resilient: nothing, bound: nothing },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(10 * minute, minute);
    stage.thief.take('alice', await stage.service.lootFromStore('alice'), 'a copy of the store');
    await stage.world.all([() => stage.thief.persist(day), () => user.work(2 * hour, 5 * minute)]);
  },
};
