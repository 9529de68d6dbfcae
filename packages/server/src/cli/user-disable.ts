import { systemClock } from 'pawl';
import type { Command } from './command.js';
import { usernameOf } from './username-parameter.js';
import { foundOrFailed, withAuthority, withService } from './with-service.js';

export const userDisable: Command = {
  name: 'user disable',
  parameters: ['NAME'],
  flags: [],
  summary:
    'Refuses logins of the user and ends every session of the user at once, on every server of the store.',
  run({ parameters, configuration }) {
    const name = usernameOf(parameters[0]);
    return withAuthority(configuration().config, async ({ accounts, authority, recorder }) => {
      const disabled = await accounts.setDisabled(name, true);
      if (disabled) {
        await authority.revokeSubject(name);
        recorder.record({ type: 'user.disabled', at: systemClock.now(), subject: name });
      }
      return foundOrFailed(
        disabled,
        `The user ${name} was disabled and every session of ${name} was ended.`,
        `There is no user ${name}.`,
      );
    });
  },
};

export const userEnable: Command = {
  name: 'user enable',
  parameters: ['NAME'],
  flags: [],
  summary: 'Lets a disabled user log in again.',
  run({ parameters, configuration }) {
    const name = usernameOf(parameters[0]);
    return withService(configuration().config, async ({ accounts, recorder }) => {
      const enabled = await accounts.setDisabled(name, false);
      if (enabled) recorder.record({ type: 'user.enabled', at: systemClock.now(), subject: name });
      return foundOrFailed(enabled, `The user ${name} was enabled.`, `There is no user ${name}.`);
    });
  },
};
