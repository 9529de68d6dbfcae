import { strictLogsOut } from './known-limits.js';
import { type Expectation, hour, minute, type Scenario } from './scenario.js';

const together: Expectation = { promise: 'P3', user: 'stays in' };

// The second tab sends before the first has an answer; the third may send either token.
const tabOffsetsSeconds = [0, 0.01, 0.3];
const rounds = 12;

/** The tabs wake up together, and each sends the token that all of them share. */
export const twoTabs: Scenario = {
  name: 'two-tabs',
  title: 'three tabs refresh at once, every 5 min for 1 h',
  question: 'Is a person with several tabs taken for a thief?',
  expected: {
    strict: strictLogsOut,
    balanced: together,
    resilient: together,
    bound: together,
  },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(6 * minute, minute);
    for (let round = 0; round < rounds; round++) {
      await stage.world.sleep(hour / rounds);
      await stage.world.all(
        tabOffsetsSeconds.map((offset) => async () => {
          await stage.world.sleep(offset);
          await user.refresh();
        }),
      );
      await user.use();
    }
  },
};
