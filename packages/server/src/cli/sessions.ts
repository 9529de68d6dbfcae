import type { Account } from '../accounts/account.js';
import type { Accounts } from '../accounts/accounts.js';
import type { Command } from './command.js';
import { exitCodes, explain, printList, timeText } from './ui.js';
import { byName } from './user-list.js';
import { accountOf, type NamedUser, namedUser, subjectOf } from './user-parameter.js';
import { foundOrFailed, withAuthority } from './with-service.js';

export const sessionsList: Command = {
  name: 'sessions list',
  parameters: ['[SUBJECT]'],
  flags: ['json'],
  summary: 'Lists the live sessions of one user, or of all users.',
  run({ parameters: [asked], flags, configuration }) {
    const user = asked === undefined ? null : namedUser(asked);
    return withAuthority(configuration().config, async ({ accounts, authority }) => {
      const chosen = user === null ? await byName(accounts) : [await askedFor(accounts, user)];
      const rows = [];
      for (const { id: subject, identifiers } of chosen) {
        const [name = null] = identifiers;
        for (const session of await authority.listSessions(subject)) {
          rows.push({
            name,
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
    });
  },
};

/** A user, or the subject of sessions whose account is gone. */
async function askedFor(accounts: Accounts, user: NamedUser): Promise<Pick<Account, 'id' | 'identifiers'>> {
  if (user.by === 'identifier') return accountOf(accounts, user);
  return (await accounts.read(user.text)) ?? { id: user.text, identifiers: [] };
}

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
    const user = namedUser(parameters[0]);
    return withAuthority(configuration().config, async ({ accounts, authority }) => {
      await authority.revokeSubject(await subjectOf(accounts, user));
      explain(`Every session of ${user.text} was ended.`);
      return exitCodes.done;
    });
  },
};
