import { seenWhenOwnerReturns, uselessWithoutKey } from './known-limits.js';
import { day, hour, minute, type Scenario } from './scenario.js';

/** The owner has closed the browser for the day; the thief takes the newest token, which nobody else will present. */
export const stolenTokenAtNight: Scenario = {
  name: 'stolen-token-at-night',
  title: 'newest token stolen at night, back after 10 h',
  question: 'The hole of rotation: is a thief noticed who waits until the browser is closed?',
  expected: {
    strict: seenWhenOwnerReturns(10 * hour),
    balanced: seenWhenOwnerReturns(10 * hour),
    resilient: seenWhenOwnerReturns(10 * hour),
    bound: uselessWithoutKey,
  },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(hour, 5 * minute);
    stage.story.tell('user', 'closes the browser and goes to bed');
    await stage.world.sleep(30 * minute);
    stage.thief.copyTokensOf(user);
    const stolenAt = stage.world.elapsedSeconds();
    await stage.world.all([
      () => stage.thief.persist(stolenAt + day),
      async () => {
        await stage.world.sleepUntil(stolenAt + 10 * hour);
        await user.work(2 * hour, 5 * minute);
      },
    ]);
  },
};
