import { uselessWithoutKey } from './known-limits.js';
import { hour, type Expectation, minute, type Scenario } from './scenario.js';

const nextRefresh: Expectation = {
  promise: 'P2',
  user: 'logs in again',
  thief: { atMostSeconds: 7 * minute },
  alarm: 'session.reused',
};

/** The thief refreshes at once; the owner goes on working. */
export const stolenTokenUserActive: Scenario = {
  name: 'stolen-token-user-active',
  title: 'stolen refresh token, user active for 8 h',
  question: 'How long does a thief last beside an owner who works?',
  expected: {
    strict: nextRefresh,
    balanced: nextRefresh,
    resilient: {
      ...nextRefresh,
      thief: { atMostSeconds: 12 * minute },
      note: 'resilient cannot tell the owner’s late retry from a lost answer; it gives the owner a fork, and the thief’s next refresh is the reuse',
    },
    bound: uselessWithoutKey,
  },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(12 * minute, minute);
    stage.thief.copyTokensOf(user);
    const end = stage.world.elapsedSeconds() + 8 * hour;
    await stage.world.all([
      async () => {
        await stage.thief.refresh();
        await stage.thief.persist(end);
      },
      async () => {
        await stage.world.sleep(minute);
        await user.work(8 * hour, 2 * minute);
      },
    ]);
  },
};
