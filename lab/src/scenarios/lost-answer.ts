import { balancedLogsOut, strictLogsOut } from './known-limits.js';
import { type Expectation, hour, minute, type Scenario } from './scenario.js';

const staysIn: Expectation = { promise: 'P3', user: 'stays in' };

/** The refresh was carried out, its answer never came, and the client retries with the token that it still has. */
function lostAnswer(name: string, delay: string, delaySeconds: number, balanced: Expectation): Scenario {
  return {
    name: `lost-answer-${name}`,
    title: `lost answer, retried after ${delay}`,
    question: `Does a client that never got its answer stay logged in when it retries after ${delay}?`,
    expected: { strict: strictLogsOut, balanced, resilient: staysIn, bound: staysIn },
    async play(stage) {
      const user = stage.addDevice();
      await user.logIn();
      await user.work(12 * minute, minute);
      await stage.world.sleep(minute);
      const sentAt = stage.world.elapsedSeconds();
      await user.refresh({ losesAnswer: true });
      await stage.world.sleepUntil(sentAt + delaySeconds);
      await user.refresh();
      await user.work(hour, 5 * minute);
    },
  };
}

export const lostAnswers: readonly Scenario[] = [
  lostAnswer('5s', '5 s', 5, staysIn),
  lostAnswer('5min', '5 min', 5 * minute, balancedLogsOut),
  lostAnswer('5h', '5 h', 5 * hour, balancedLogsOut),
];
