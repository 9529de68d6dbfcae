import { day, hour, type Expectation, minute, type Scenario } from './scenario.js';

const bound: Expectation = { promise: 'P4', user: 'stays in', thief: 'never in', alarm: 'session.wrong-key' };

function whenOwnerReturns(awaySeconds: number): Expectation {
  return {
    promise: 'P2',
    user: 'logs in again',
    thief: { atMostSeconds: awaySeconds + 5 * minute },
    alarm: 'session.reused',
    note: 'of two holders of a bearer token the first to refresh is believed: the thief is noticed when the owner comes back; only a bound session closes this hole',
  };
}

/** The owner leaves the page open, the thief takes over at once, and the owner comes back in the afternoon. */
export const stolenTokenUserIdle: Scenario = {
  name: 'stolen-token-user-idle',
  title: 'stolen refresh token, user idle for 4 h',
  question: 'How long does a thief last while the owner does nothing?',
  expected: {
    strict: whenOwnerReturns(4 * hour),
    balanced: whenOwnerReturns(4 * hour),
    resilient: whenOwnerReturns(4 * hour),
    bound,
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

/** The owner has closed the browser for the day; the thief takes the newest token, which nobody else will present. */
export const stolenTokenAtNight: Scenario = {
  name: 'stolen-token-at-night',
  title: 'newest token stolen at night, back after 10 h',
  question: 'The hole of rotation: is a thief noticed who waits until the browser is closed?',
  expected: {
    strict: whenOwnerReturns(10 * hour),
    balanced: whenOwnerReturns(10 * hour),
    resilient: whenOwnerReturns(10 * hour),
    bound,
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

const neverNoticed: Expectation = {
  promise: 'limit',
  user: 'stays in',
  thief: { atMostSeconds: 90 * day },
  note: 'when the owner never comes back, nobody presents the retired token: the thief lasts until the absolute lifetime of the session, 90 days by default',
};

/** As at night, but the owner has moved on to another device for good. */
export const stolenTokenUserGone: Scenario = {
  name: 'stolen-token-user-gone',
  title: 'newest token stolen, user never comes back',
  question: 'Does a forgotten session that was stolen ever end?',
  expected: {
    strict: neverNoticed,
    balanced: neverNoticed,
    resilient: neverNoticed,
    bound: { promise: 'P4', user: 'stays in', thief: 'never in', alarm: 'session.wrong-key' },
  },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(hour, 5 * minute);
    await stage.world.sleep(30 * minute);
    stage.thief.copyTokensOf(user);
    await stage.thief.persist(120 * day);
  },
};
