import { systemClock } from 'pawl';
import type { Account } from '../accounts/account.js';
import type { UserChanged } from '../logs/server-event.js';
import type { Service } from '../serve/service.js';
import { accountOf, missing, type NamedUser, nameOf } from './user-parameter.js';

/**
 * Changes a user and records the event. Resolves to what the user was called by.
 *
 * @param change - resolves to false when the account is gone
 * @throws CommandError when there is no such user
 */
export async function changeUser(
  { accounts, recorder }: Pick<Service, 'accounts' | 'recorder'>,
  user: NamedUser,
  type: UserChanged['type'],
  change: (account: Account) => Promise<boolean>,
): Promise<string> {
  const account = await accountOf(accounts, user);
  if (!(await change(account))) throw missing(user.text);
  recorder.record({ type, at: systemClock.now(), subject: account.id });
  return nameOf(account);
}
