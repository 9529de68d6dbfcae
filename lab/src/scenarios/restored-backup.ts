import { hour, type Expectation, minute, type Scenario } from './scenario.js';

const unnoticed: Expectation = { promise: 'P7', user: 'stays in' };

/** The store is put back to where it was two hours ago; the clients are ahead of it. */
export const restoredBackup: Scenario = {
  name: 'restored-backup',
  title: 'store restored from a backup 2 h old',
  question: 'Does a store that lost its last writes log people out or cry theft?',
  expected: { strict: unnoticed, balanced: unnoticed, resilient: unnoticed, bound: unnoticed },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(10 * minute, minute);
    await stage.operate('backs up the store', (service) => service.backUp());
    await user.work(2 * hour, 3 * minute);
    await stage.operate('restores the backup', (service) => service.restoreBackup());
    await user.work(2 * hour, 3 * minute);
  },
};
