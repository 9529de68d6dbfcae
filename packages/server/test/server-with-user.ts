import { expect, onTestFinished } from 'vitest';
import { pawl, type RunningServer, startServer, type Variables } from './server-process.js';

/** Of the user `alice`. */
export const userPassword = 'a long password';

/** Adds the user and starts a server, which ends with the test. */
export async function startWithUser(folder: string, variables: Variables): Promise<RunningServer> {
  const added = await pawl(folder, ['user', 'add', 'alice'], { input: `${userPassword}\n`, variables });
  expect(added.stderr).toBe('The user alice was added.\n');
  const server = await startServer(folder, variables);
  onTestFinished(() => void server.child.kill('SIGKILL'));
  return server;
}
