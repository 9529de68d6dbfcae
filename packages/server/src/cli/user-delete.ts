import { systemClock } from 'pawl';
import type { Command } from './command.js';
import { exitCodes, explain } from './ui.js';
import { accountOf, missing, namedUser, nameOf } from './user-parameter.js';
import { withAuthority } from './with-service.js';

export const userDelete: Command = {
  name: 'user delete',
  parameters: ['NAME'],
  flags: [],
  summary:
    'Removes a user, ends every session of the user at once, and frees the names. There is no way back.',
  run({ parameters, configuration }) {
    const user = namedUser(parameters[0]);
    return withAuthority(configuration().config, async ({ accounts, authority, recorder }) => {
      const account = await accountOf(accounts, user);
      const isGone = await accounts.remove(account.id, () => authority.revokeSubject(account.id));
      if (!isGone) throw missing(user.text);
      recorder.record({ type: 'user.deleted', at: systemClock.now(), subject: account.id });
      explain(`The user ${nameOf(account)} was deleted and every session of ${nameOf(account)} was ended.`);
      return exitCodes.done;
    });
  },
};
