import { changeUser } from './change-user.js';
import type { Command } from './command.js';
import { readPassword } from './read-password.js';
import { exitCodes, explain } from './ui.js';
import { namedUser } from './user-parameter.js';
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
    return withAuthority(config, async (service) => {
      const { accounts, authority, hasher } = service;
      const name = await changeUser(service, user, 'user.password-changed', async ({ id }) => {
        const isChanged = await accounts.setPassword(id, await hasher.hash(password));
        // Whoever knew the old password may have logged in with it.
        if (isChanged) await authority.revokeSubject(id);
        return isChanged;
      });
      explain(`The password of ${name} was changed and every session of ${name} was ended.`);
      return exitCodes.done;
    });
  },
};
