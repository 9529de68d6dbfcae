import { systemClock } from 'pawl';
import type { Command } from './command.js';
import { readPassword } from './read-password.js';
import { usernameOf } from './username-parameter.js';
import { foundOrFailed, withService } from './with-service.js';

export const userAdd: Command = {
  name: 'user add',
  parameters: ['NAME'],
  flags: [],
  summary: 'Adds a user; the password is one line on standard input.',
  async run({ parameters, configuration }) {
    const name = usernameOf(parameters[0]);
    const { config } = configuration();
    const password = await readPassword();
    return withService(config, async ({ accounts, recorder }) => {
      const added = await accounts.add(name, password);
      if (added) recorder.record({ type: 'user.added', at: systemClock.now(), subject: name });
      return foundOrFailed(added, `The user ${name} was added.`, `There is a user ${name} already.`);
    });
  },
};
