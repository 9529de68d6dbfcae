import { day, hour, type Expectation, minute, type Scenario } from './scenario.js';

const alive: Expectation = {
  promise: 'limit',
  user: 'logs out',
  thief: 'still in',
  note: 'a store from before a logout does not know of it: after restoring a backup end the sessions that were ended since, or all of them',
};

/** The owner logs out, and the store goes back to a time when the session was alive. */
export const restoredBackupUndoesLogout: Scenario = {
  name: 'restored-backup-undoes-logout',
  title: 'backup from before a logout restored',
  question: 'Does a logout outlive the loss of the record that says so?',
  expected: {
    strict: alive,
    balanced: alive,
    resilient: alive,
    bound: { promise: 'P4', user: 'logs out', thief: 'never in', alarm: 'session.wrong-key' },
  },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(10 * minute, minute);
    stage.thief.copyTokensOf(user);
    await stage.operate('backs up the store', (service) => service.backUp());
    await stage.logOut(user);
    await stage.world.sleep(hour);
    await stage.operate('restores the backup', (service) => service.restoreBackup());
    stage.thief.countFromNow();
    await stage.thief.persist(stage.world.elapsedSeconds() + day);
  },
};
