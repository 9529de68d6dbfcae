import { seenWhenOwnerReturns, uselessWithoutKey } from './known-limits.js';
import { hour, minute, type Scenario } from './scenario.js';

/** The owner leaves the page open, the thief takes over at once, and the owner comes back in the afternoon. */
export const stolenTokenUserIdle: Scenario = {
  name: 'stolen-token-user-idle',
  title: 'stolen refresh token, user idle for 4 h',
  question: 'How long does a thief last while the owner does nothing?',
  expected: {
    strict: seenWhenOwnerReturns(4 * hour),
    balanced: seenWhenOwnerReturns(4 * hour),
    resilient: seenWhenOwnerReturns(4 * hour),
    bound: uselessWithoutKey,
  },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(12 * minute, minute);
    stage.thief.copyTokensOf(user);
    const stolenAt = stage.world.elapsedSeconds();
    await stage.world.all([
      async () => {
        await stage.thief.refresh();
        await stage.thief.persist(stolenAt + 8 * hour);
      },
      async () => {
        await stage.world.sleepUntil(stolenAt + 4 * hour);
        await user.work(4 * hour, 5 * minute);
      },
    ]);
  },
};
