import type { Command } from './command.js';
import { exitCodes, explain, printList, timeText } from './ui.js';
import { usernameOf } from './username-parameter.js';
import { foundOrFailed, withAuthority } from './with-service.js';

export const sessionsList: Command = {
  name: 'sessions list',
  parameters: ['[SUBJECT]'],
  flags: ['json'],
  summary: 'Lists the live sessions of one user, or of all users.',
  run: ({ parameters, flags, configuration }) =>
    withAuthority(configuration().config, async ({ accounts, authority }) => {
      const [asked] = parameters;
      const subjects =
        asked === undefined ? (await accounts.list()).map(({ name }) => name) : [usernameOf(asked)];
      const rows = [];
      for (const subject of subjects) {
        for (const session of await authority.listSessions(subject)) {
          rows.push({
            subject,
            id: session.id,
            device: session.device,
            createdAt: timeText(session.createdAt),
            lastRefreshedAt: timeText(session.lastRefreshedAt),
            expiresAt: timeText(session.expiresAt),
          });
        }
      }
      printList(rows, flags.json === true);
      return exitCodes.done;
    }),
};

export const sessionsRevoke: Command = {
  name: 'sessions revoke',
  parameters: ['ID'],
  flags: [],
  summary: 'Ends one session.',
  run: ({ parameters: [id = ''], configuration }) =>
    withAuthority(configuration().config, async ({ authority }) => {
      const ended = await authority.revokeSession(id);
      return foundOrFailed(ended, `The session ${id} was ended.`, 'There is no live session with this id.');
    }),
};

export const revokeSubject: Command = {
  name: 'revoke-subject',
  parameters: ['SUBJECT'],
  flags: [],
  summary: 'Ends every session of one user.',
  run({ parameters, configuration }) {
    const subject = usernameOf(parameters[0]);
    return withAuthority(configuration().config, async ({ authority }) => {
      await authority.revokeSubject(subject);
      explain(`Every session of ${subject} was ended.`);
      return exitCodes.done;
    });
  },
};
