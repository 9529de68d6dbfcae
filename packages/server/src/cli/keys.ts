import { isPawlError } from 'pawl/errors';
import type { Command } from './command.js';
import { CommandError, exitCodes, explain, printList, timeText, UsageError } from './ui.js';
import { withAuthority } from './with-service.js';

export const keysList: Command = {
  name: 'keys list',
  parameters: [],
  flags: ['json'],
  summary: 'Lists the key ring, without private parts.',
  run: ({ flags, configuration }) =>
    withAuthority(configuration().config, async ({ authority }) => {
      const rows = authority.keys
        .list()
        .map(({ id, use, algorithm, state, createdAt, activatesAt, endsAt }) => ({
          id,
          use,
          algorithm,
          state,
          createdAt: timeText(createdAt),
          activatesAt: timeText(activatesAt),
          endsAt: timeText(endsAt),
        }));
      printList(rows, flags.json === true);
      return exitCodes.done;
    }),
};

export const keysRotate: Command = {
  name: 'keys rotate',
  parameters: ['[USE]'],
  flags: [],
  summary: 'Announces a successor of the key of one use, or of every use; nobody is logged out.',
  run({ parameters: [use], configuration }) {
    return withAuthority(configuration().config, async ({ authority }) => {
      const uses = [...new Set(authority.keys.list().map((key) => key.use))];
      const chosen = use === undefined ? uses : uses.filter((each) => each === use);
      if (chosen.length === 0) {
        throw new UsageError(`USE must be one of ${uses.join(', ')}, or be left out for all.`);
      }
      for (const each of chosen) {
        const key = await authority.keys.rotate(each);
        explain(`The ${each} key ${key.id} signs from ${timeText(key.activatesAt) ?? ''} on.`);
      }
      return exitCodes.done;
    });
  },
};

export const keysCompromise: Command = {
  name: 'keys compromise',
  parameters: ['ID'],
  flags: [],
  summary: 'Marks a key as leaked: it is refused at once, but for a refresh key; nobody is logged out.',
  run: ({ parameters: [id = ''], configuration }) =>
    withAuthority(configuration().config, async ({ authority }) => {
      try {
        const key = await authority.keys.compromise(id);
        explain(`The ${key.use} key ${key.id} is ${key.state}.`);
        return exitCodes.done;
      } catch (error) {
        if (isPawlError(error, 'key_unknown'))
          throw new CommandError('There is no key with this id in the ring.');
        throw error;
      }
    }),
};
