import { type Expectation, minute, type Scenario } from './scenario.js';

const constant: Expectation = { promise: 'P8', user: 'stays in', measure: '1 record, 1 trip' };

const refreshes = 1000;

// A later instant and a larger counter have more digits in the JSON that is measured; nothing else may grow.
const digitsBytes = 32;

/** A session that is refreshed a thousand times. */
export const thousandRefreshes: Scenario = {
  name: 'thousand-refreshes',
  title: 'a session after 1,000 refreshes: store and trips',
  question: 'Does a session grow with its age, and how often is the store asked per refresh?',
  expected: { strict: constant, balanced: constant, resilient: constant, bound: constant },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.refresh();
    const before = await stage.service.footprint('alice');
    for (let refresh = 0; refresh < refreshes; refresh++) {
      await stage.world.sleep(5 * minute);
      await user.refresh();
    }
    const after = await stage.service.footprint('alice');
    if (before === null || after === null) {
      stage.measure('no record');
      return;
    }
    const trips = Math.round((after.roundTrips - before.roundTrips) / refreshes);
    const grown = after.bytes - before.bytes > digitsBytes ? `, +${after.bytes - before.bytes} B` : '';
    stage.measure(`${after.records} record, ${trips} trip${grown}`);
  },
};
