import type { Account } from '../accounts/account.js';
import type { Accounts } from '../accounts/accounts.js';
import type { Command } from './command.js';
import { exitCodes, print, printList, timeText } from './ui.js';
import { accountOf, namedUser, nameOf } from './user-parameter.js';
import { withService } from './with-service.js';

export const userList: Command = {
  name: 'user list',
  parameters: [],
  flags: ['json'],
  summary: 'Lists the users.',
  run: ({ flags, configuration }) =>
    withService(configuration().config, async ({ accounts }) => {
      printList((await byName(accounts)).map(rowOf), flags.json === true);
      return exitCodes.done;
    }),
};

export const userShow: Command = {
  name: 'user show',
  parameters: ['NAME'],
  flags: ['json'],
  summary: 'Shows one user, by a name, an address, or the id of the account.',
  run({ parameters, flags, configuration }) {
    const user = namedUser(parameters[0]);
    return withService(configuration().config, async ({ accounts }) => {
      const row = rowOf(await accountOf(accounts, user));
      if (flags.json === true) print(JSON.stringify(row));
      else
        printList(
          Object.entries(row).map(([member, value]) => ({ member, value })),
          false,
        );
      return exitCodes.done;
    });
  },
};

/** Every account, by its name. */
export async function byName(accounts: Accounts): Promise<readonly Account[]> {
  const found: Account[] = [];
  for await (const account of accounts.list()) found.push(account);
  return found.sort((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
}

function rowOf(account: Account): Readonly<Record<string, unknown>> {
  const { id, identifiers, disabled, createdAt, passwordChangedAt } = account;
  return {
    name: nameOf(account),
    state: disabled ? 'disabled' : 'enabled',
    id,
    addresses: identifiers.slice(1),
    createdAt: timeText(createdAt),
    passwordChangedAt: timeText(passwordChangedAt),
  };
}
