import { systemClock } from 'pawl';
import type { Command } from './command.js';
import { readPassword } from './read-password.js';
import { exitCodes, explain } from './ui.js';
import { accountOf, missing, namedUser, nameOf } from './user-parameter.js';
import { withAuthority } from './with-service.js';

export const userPasswd: Command = {
  name: 'user passwd',
  parameters: ['NAME'],
  flags: [],
  summary: 'Sets the password (one line on standard input) and ends every session of the user.',
  async run({ parameters, configuration }) {
    const user = namedUser(parameters[0]);
    const { config } = configuration();
    const password = await readPassword();
    return withAuthority(config, async ({ accounts, authority, hasher, recorder }) => {
      const account = await accountOf(accounts, user);
      if (!(await accounts.setPassword(account.id, await hasher.hash(password)))) throw missing(user.text);
      // Whoever knew the old password may have logged in with it.
      await authority.revokeSubject(account.id);
      recorder.record({ type: 'user.password-changed', at: systemClock.now(), subject: account.id });
      const name = nameOf(account);
      explain(`The password of ${name} was changed and every session of ${name} was ended.`);
      return exitCodes.done;
    });
  },
};
