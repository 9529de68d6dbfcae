import { systemClock } from 'pawl';
import type { Command } from './command.js';
import { CommandError, exitCodes, explain } from './ui.js';
import { accountOf, identifierOf, missing, namedUser, nameOf } from './user-parameter.js';
import { withService } from './with-service.js';

export const userRename: Command = {
  name: 'user rename',
  parameters: ['NAME', 'NEW'],
  flags: [],
  summary: 'Puts a new name or address in the place of one that a user has. Sessions go on.',
  run({ parameters, configuration }) {
    const user = namedUser(parameters[0]);
    const to = identifierOf(parameters[1]);
    return withService(configuration().config, async ({ accounts, recorder }) => {
      const account = await accountOf(accounts, user);
      const from = user.by === 'id' ? nameOf(account) : user.text;
      const outcome = await accounts.rename(account.id, from, to);
      if (outcome === 'missing') throw missing(user.text);
      if (outcome === 'taken') throw new CommandError(`There is a user ${to} already.`);
      recorder.record({ type: 'user.renamed', at: systemClock.now(), subject: account.id });
      explain(`The user ${from} is now ${to}.`);
      return exitCodes.done;
    });
  },
};
