import {
  pawl,
  type RunningServer,
  startServer,
  temporaryFolder,
  type Variables,
} from '../../packages/server/test/server-process.js';
import { patience } from '../../packages/server/test/shared-stores.js';
import { type MeasuredStore, measuredStores } from './measured-stores.js';

/** Of every user. */
export const password = 'nine geared wheels';

export type StoreName = keyof typeof measuredStores;

/** A real server, with what it stores where a test can count it. */
export interface AbusedServer {
  readonly server: RunningServer;
  readonly store: MeasuredStore;
  /** The newest events of the log, a JSON object per line. */
  readonly events: () => Promise<string>;
}

/**
 * Starts a server with users. It believes what callers say of their address, so that a test can call from many, and is patient with its
 * store: a machine that is busy is no store that is away.
 */
export async function startAbused(
  storeName: StoreName,
  users: readonly string[],
  given: Variables = {},
): Promise<AbusedServer> {
  const folder = temporaryFolder();
  const open = measuredStores[storeName];
  const store = await open(folder);
  const variables = {
    ...patience,
    PAWL_TRUSTED_PROXIES: '127.0.0.1',
    ...store.variables,
    ...given,
  };
  for (const name of users) {
    const { code, stderr } = await pawl(folder, ['user', 'add', name], { input: `${password}\n`, variables });
    if (code !== 0) throw new Error(stderr);
  }
  const server = await startServer(folder, variables);
  return {
    server,
    store,
    async events() {
      const { code, stdout, stderr } = await pawl(folder, ['events', '--json', '--limit', '99999'], {
        variables,
      });
      if (code !== 0) throw new Error(stderr);
      return stdout;
    },
  };
}

/** The address that a caller says it has. */
export function from(address: string): Variables {
  return { 'x-forwarded-for': address };
}
