import { normaliseUsername, usernameRule } from '../accounts/username.js';
import { UsageError } from './ui.js';

/** @throws UsageError when it cannot be the name of a user */
export function usernameOf(text: string | undefined): string {
  const name = normaliseUsername(text ?? '');
  if (name === null) throw new UsageError(`That cannot be a user name; ${usernameRule}.`);
  return name;
}
