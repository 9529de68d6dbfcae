import { systemClock } from 'pawl';
import type { Command } from './command.js';
import { readPassword } from './read-password.js';
import { usernameOf } from './username-parameter.js';
import { foundOrFailed, withAuthority } from './with-service.js';

export const userPasswd: Command = {
  name: 'user passwd',
  parameters: ['NAME'],
  flags: [],
  summary: 'Sets the password (one line on standard input) and ends every session of the user.',
  async run({ parameters, configuration }) {
    const name = usernameOf(parameters[0]);
    const { config } = configuration();
    const password = await readPassword();
    return withAuthority(config, async ({ accounts, authority, recorder }) => {
      const changed = await accounts.setPassword(name, password);
      if (changed) {
        // Whoever knew the old password may have logged in with it.
        await authority.revokeSubject(name);
        recorder.record({ type: 'user.password-changed', at: systemClock.now(), subject: name });
      }
      return foundOrFailed(
        changed,
        `The password of ${name} was changed and every session of ${name} was ended.`,
        `There is no user ${name}.`,
      );
    });
  },
};
