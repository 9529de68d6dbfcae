import type { Command } from './command.js';
import { exitCodes, printList, timeText } from './ui.js';
import { withService } from './with-service.js';

export const userList: Command = {
  name: 'user list',
  parameters: [],
  flags: ['json'],
  summary: 'Lists the users.',
  run: ({ flags, configuration }) =>
    withService(configuration().config, async ({ accounts }) => {
      const rows = (await accounts.list()).map(({ name, disabled, createdAt, passwordChangedAt }) => ({
        name,
        state: disabled ? 'disabled' : 'enabled',
        createdAt: timeText(createdAt),
        passwordChangedAt: timeText(passwordChangedAt),
      }));
      printList(rows, flags.json === true);
      return exitCodes.done;
    }),
};
