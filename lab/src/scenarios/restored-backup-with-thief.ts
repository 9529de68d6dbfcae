import { uselessWithoutKey } from './known-limits.js';
import { hour, type Expectation, minute, type Scenario } from './scenario.js';

const reopened: Expectation = {
  promise: 'limit',
  user: 'logs in again',
  thief: { atMostSeconds: 16 * minute },
  alarm: 'session.reused',
  note: 'a restored store has forgotten that a token was retired: a thief who holds it is believed until the owner’s next refresh has set the record straight',
};

/** The store is put back, and somebody holds a token that was current at the time of the backup and retired since. */
export const restoredBackupWithThief: Scenario = {
  name: 'restored-backup-with-thief',
  title: 'backup restored, thief holds a token of then',
  question: 'What does a thief gain from a store that went back in time?',
  expected: {
    strict: reopened,
    balanced: reopened,
    resilient: reopened,
    bound: uselessWithoutKey,
  },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(10 * minute, minute);
    await stage.operate('backs up the store', (service) => service.backUp());
    stage.thief.copyTokensOf(user);
    await user.work(2 * hour, 3 * minute);
    await stage.operate('restores the backup', (service) => service.restoreBackup());
    stage.thief.countFromNow();
    const end = stage.world.elapsedSeconds() + 4 * hour;
    await stage.world.all([
      () => stage.thief.persist(end),
      async () => {
        await stage.world.sleep(10 * minute);
        await user.work(4 * hour, 2 * minute);
      },
    ]);
  },
};
