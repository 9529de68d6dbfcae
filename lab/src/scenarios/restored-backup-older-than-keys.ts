import { hour, type Expectation, minute, type Scenario } from './scenario.js';

const keyIsLost: Expectation = {
  promise: 'limit',
  user: 'false logout',
  note: 'a refresh token signed with a key that the restored store has never seen cannot be told from a forged one: back up after a rotation of the refresh key',
};

/** The backup is older than the refresh key that signed what the clients hold. */
export const restoredBackupOlderThanKeys: Scenario = {
  name: 'restored-backup-older-than-keys',
  title: 'backup older than the newest keys restored',
  question: 'What if the store went back to before its keys were rotated?',
  expected: { strict: keyIsLost, balanced: keyIsLost, resilient: keyIsLost, bound: keyIsLost },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    await user.work(10 * minute, minute);
    await stage.operate('backs up the store', (service) => service.backUp());
    await stage.operate('rotates every secret', (service) => service.rotateSecrets());
    await user.work(2 * hour, 3 * minute);
    await stage.operate('restores the backup', (service) => service.restoreBackup());
    await user.work(2 * hour, 3 * minute);
  },
};
