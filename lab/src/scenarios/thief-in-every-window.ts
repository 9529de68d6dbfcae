import { uselessWithoutKey } from './known-limits.js';
import { type Expectation, minute, type Scenario } from './scenario.js';

const unseen: Expectation = {
  promise: 'limit',
  user: 'stays in',
  thief: 'still in',
  measure: 'replayed elsewhere 24×',
  note: 'a thief who follows every refresh of the owner inside the window looks like a second tab: the event session.replayed-elsewhere, at each refresh, is all that shows; strict or bound notices',
};

const refreshes = 24;
const followsAfterSeconds = 5;

/** The thief reads along all day, and presents each token a few seconds after its owner did. */
export const thiefInEveryWindow: Scenario = {
  name: 'thief-in-every-window',
  title: 'thief 5 s behind every refresh, for 2 h',
  question: 'What if the thief is quicker than the window each and every time?',
  expected: {
    strict: { promise: 'P2', user: 'logs in again', thief: 'never in', alarm: 'session.reused' },
    balanced: unseen,
    resilient: unseen,
    bound: uselessWithoutKey,
  },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(10 * minute, minute);
    await stage.world.sleep(minute);
    stage.thief.copyTokensOf(user);
    for (let refresh = 0; refresh < refreshes; refresh++) {
      await user.refresh();
      await stage.world.sleep(followsAfterSeconds);
      await stage.thief.refresh();
      await stage.thief.strike();
      await stage.world.sleep(5 * minute - followsAfterSeconds);
      await user.use();
    }
    const reports = stage.reports('session.replayed-elsewhere');
    if (reports > 0) stage.measure(`replayed elsewhere ${reports}×`);
  },
};
