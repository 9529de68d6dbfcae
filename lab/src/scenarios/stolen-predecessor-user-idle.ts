import { uselessWithoutKey } from './known-limits.js';
import { type Expectation, hour, minute, type Scenario } from './scenario.js';

const seenAtOnce: Expectation = {
  promise: 'P2',
  user: 'logs in again',
  thief: 'never in',
  alarm: 'session.reused',
};

const inUntilReturn: Expectation = {
  promise: 'P2',
  user: 'logs in again',
  thief: { atMostSeconds: 4 * hour + 5 * minute },
  alarm: 'session.reused',
  note: 'resilient cannot tell a late retry from a thief while the successor was never used: whoever has the token before it is in until the owner comes back',
};

/** The owner refreshes and leaves; a thief has the token from before that refresh, and nobody has used the one after it. */
export const stolenPredecessorUserIdle: Scenario = {
  name: 'stolen-predecessor-user-idle',
  title: 'the token before the current one stolen, user idle for 4 h',
  question: 'What does the forgiveness of resilient cost?',
  expected: {
    strict: seenAtOnce,
    balanced: seenAtOnce,
    resilient: inUntilReturn,
    bound: uselessWithoutKey,
  },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(12 * minute, minute);
    await stage.world.sleep(minute);
    stage.thief.copyTokensOf(user);
    await user.refresh();
    await stage.world.sleep(6 * minute);
    stage.thief.countFromNow();
    const leftAt = stage.world.elapsedSeconds();
    await stage.world.all([
      async () => {
        await stage.thief.refresh();
        await stage.thief.persist(leftAt + 8 * hour);
      },
      async () => {
        await stage.world.sleepUntil(leftAt + 4 * hour);
        await user.work(4 * hour, 5 * minute);
      },
    ]);
  },
};
