import { effective } from '../config/effective.js';
import type { Command } from './command.js';
import { exitCodes, printList } from './ui.js';

export const configCommand: Command = {
  name: 'config',
  parameters: [],
  flags: ['json'],
  summary: 'Prints the effective configuration and where each value comes from; secrets are masked.',
  async run({ flags, configuration }) {
    const rows = effective(configuration()).map(({ name, value, origin }) => ({ name, value, origin }));
    printList(rows, flags.json === true);
    return exitCodes.done;
  },
};
