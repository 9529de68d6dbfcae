import { changeUser } from './change-user.js';
import type { Command } from './command.js';
import { exitCodes, explain } from './ui.js';
import { namedUser } from './user-parameter.js';
import { withAuthority, withService } from './with-service.js';

export const userDisable: Command = {
  name: 'user disable',
  parameters: ['NAME'],
  flags: [],
  summary:
    'Refuses logins of the user and ends every session of the user at once, on every server of the store.',
  run({ parameters, configuration }) {
    const user = namedUser(parameters[0]);
    return withAuthority(configuration().config, async (service) => {
      const { accounts, authority } = service;
      const name = await changeUser(service, user, 'user.disabled', async ({ id }) => {
        const isChanged = await accounts.setDisabled(id, true);
        if (isChanged) await authority.revokeSubject(id);
        return isChanged;
      });
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
    return withService(configuration().config, async (service) => {
      const name = await changeUser(service, user, 'user.enabled', ({ id }) =>
        service.accounts.setDisabled(id, false),
      );
      explain(`The user ${name} was enabled.`);
      return exitCodes.done;
    });
  },
};
