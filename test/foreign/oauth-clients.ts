import { type RunningServer, temporaryFolder } from '../../packages/server/test/server-process.js';
import { startWithUser } from '../../packages/server/test/server-with-user.js';

/** A client as it stands in a request, and how it shows who it is. */
export interface Client {
  readonly id: string;
  readonly secret?: string;
  readonly method: 'none' | 'client_secret_basic' | 'client_secret_post';
}

/** The client of every login by password; it has no secret. */
export const publicClient: Client = { id: 'first-party', method: 'none' };

/** The same with a secret, in each way to show it. */
export const confidentialClients: readonly Client[] = [
  { id: 'first-party', secret: 'the-analytical-engine-1815', method: 'client_secret_basic' },
  { id: 'first-party', secret: 'the-analytical-engine-1815', method: 'client_secret_post' },
];

/** One that no session belongs to. */
export const resourceServer: Client = {
  id: 'orders',
  secret: 'nine-geared-wheels-1843',
  method: 'client_secret_basic',
};

/** Starts a server that knows the resource server and those clients, and takes every retired token for a copy. */
export async function startStrict(...clients: readonly Client[]): Promise<RunningServer> {
  const registered = [resourceServer, ...clients].map(({ id, secret }) => ({
    client_id: id,
    client_secret: secret,
  }));
  return startWithUser(temporaryFolder(), {
    PAWL_POLICY: 'strict',
    PAWL_CLIENTS: JSON.stringify(registered),
  });
}
