import { systemClock } from 'pawl';
import type { Command } from './command.js';
import { readPassword } from './read-password.js';
import { CommandError, exitCodes, explain } from './ui.js';
import { identifierOf } from './user-parameter.js';
import { withService } from './with-service.js';

export const userAdd: Command = {
  name: 'user add',
  parameters: ['NAME', '[ADDRESS]'],
  flags: [],
  summary:
    'Adds a user, who logs in with the name or the address; the password is one line on standard input.',
  async run({ parameters, configuration }) {
    const identifiers = parameters.map(identifierOf);
    const { config } = configuration();
    const password = await readPassword();
    return withService(config, async ({ accounts, hasher, recorder }) => {
      const account = await accounts.add(identifiers, await hasher.hash(password));
      const named = identifiers.join(' or ');
      if (account === null) throw new CommandError(`There is a user ${named} already.`);
      recorder.record({ type: 'user.added', at: systemClock.now(), subject: account.id });
      explain(`The user ${identifiers[0] ?? ''} was added.`);
      return exitCodes.done;
    });
  },
};
