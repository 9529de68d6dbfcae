import { expect } from 'vitest';
import { pawl, type RunningServer, startServer, type Variables } from './server-process.js';

/** The subject of a user: the id of an account. */
export const anAccountId: string = expect.stringMatching(/^acc_[\w-]{22}$/) as string;

/** Of the user `alice`. */
export const userPassword = 'a long password';

/** Adds the user and starts a server. It is more patient with its store than by default: the machine is busy. */
export async function startWithUser(folder: string, given: Variables): Promise<RunningServer> {
  const variables = { PAWL_STORE_DEADLINE_SECONDS: '4', ...given };
  const added = await pawl(folder, ['user', 'add', 'alice'], { input: `${userPassword}\n`, variables });
  expect(added.stderr).toBe('The user alice was added.\n');
  return startServer(folder, variables);
}
