import { changeUser } from './change-user.js';
import type { Command } from './command.js';
import { exitCodes, explain } from './ui.js';
import { namedUser } from './user-parameter.js';
import { withAuthority } from './with-service.js';

export const userDelete: Command = {
  name: 'user delete',
  parameters: ['NAME'],
  flags: [],
  summary:
    'Removes a user, ends every session of the user at once, and frees the names. There is no way back.',
  run({ parameters, configuration }) {
    const user = namedUser(parameters[0]);
    return withAuthority(configuration().config, async (service) => {
      const { accounts, authority } = service;
      const name = await changeUser(service, user, 'user.deleted', ({ id }) =>
        accounts.remove(id, () => authority.revokeSubject(id)),
      );
      explain(`The user ${name} was deleted and every session of ${name} was ended.`);
      return exitCodes.done;
    });
  },
};
