import { systemClock } from 'pawl';
import type { Command } from './command.js';
import { exitCodes, explain } from './ui.js';
import { accountOf, missing, namedUser, nameOf } from './user-parameter.js';
import { withAuthority, withService } from './with-service.js';

export const userDisable: Command = {
  name: 'user disable',
  parameters: ['NAME'],
  flags: [],
  summary:
    'Refuses logins of the user and ends every session of the user at once, on every server of the store.',
  run({ parameters, configuration }) {
    const user = namedUser(parameters[0]);
    return withAuthority(configuration().config, async ({ accounts, authority, recorder }) => {
      const account = await accountOf(accounts, user);
      if (!(await accounts.setDisabled(account.id, true))) throw missing(user.text);
      await authority.revokeSubject(account.id);
      recorder.record({ type: 'user.disabled', at: systemClock.now(), subject: account.id });
      const name = nameOf(account);
      explain(`The user ${name} was disabled and every session of ${name} was ended.`);
      return exitCodes.done;
    });
  },
};

export const userEnable: Command = {
  name: 'user enable',
  parameters: ['NAME'],
  flags: [],
  summary: 'Lets a disabled user log in again.',
  run({ parameters, configuration }) {
    const user = namedUser(parameters[0]);
    return withService(configuration().config, async ({ accounts, recorder }) => {
      const account = await accountOf(accounts, user);
      if (!(await accounts.setDisabled(account.id, false))) throw missing(user.text);
      recorder.record({ type: 'user.enabled', at: systemClock.now(), subject: account.id });
      explain(`The user ${nameOf(account)} was enabled.`);
      return exitCodes.done;
    });
  },
};
