import { type Account, isAccountId } from '../accounts/account.js';
import type { Accounts } from '../accounts/accounts.js';
import { identifierRule, normaliseIdentifier } from '../accounts/identifier.js';
import { CommandError, UsageError } from './ui.js';

/** @throws UsageError when it can be neither the name nor the address of a user */
export function identifierOf(text: string | undefined): string {
  const identifier = normaliseIdentifier(text ?? '');
  if (identifier === null) throw new UsageError(`That cannot be a user name; ${identifierRule}.`);
  return identifier;
}

/** A user as a command names it: by a name, an address, or the id of the account. */
export type NamedUser =
  | { readonly by: 'id'; readonly text: string }
  | { readonly by: 'identifier'; readonly text: string };

/** @throws UsageError when it can be none of the three */
export function namedUser(text: string | undefined): NamedUser {
  return text !== undefined && isAccountId(text)
    ? { by: 'id', text }
    : { by: 'identifier', text: identifierOf(text) };
}

/** @throws CommandError when there is no such user */
export async function accountOf(accounts: Accounts, { by, text }: NamedUser): Promise<Account> {
  const account = await (by === 'id' ? accounts.read(text) : accounts.find(text));
  if (account === null) throw missing(text);
  return account;
}

/**
 * The subject of a user's sessions. An id is one also when its account is gone.
 *
 * @throws CommandError when there is no user of the name
 */
export async function subjectOf(accounts: Accounts, user: NamedUser): Promise<string> {
  return user.by === 'id' ? user.text : (await accountOf(accounts, user)).id;
}

export function missing(text: string): CommandError {
  return new CommandError(`There is no user ${text}.`);
}

/** What a user is called by. */
export function nameOf({ id, identifiers }: Pick<Account, 'id' | 'identifiers'>): string {
  return identifiers[0] ?? id;
}
