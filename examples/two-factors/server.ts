/** The endpoints of Pawl with users of the application's own. */
import { createServer, type Server } from 'node:http';
import { type Clock, createAuthority, parseMasterKey, systemClock } from 'pawl';
import { createHandler } from 'pawl/http';
import { openSqliteStore } from 'pawl/stores/sqlite';
import { createTwoFactors } from './authenticate.js';
import type { Users } from './users.js';

export interface Example {
  readonly server: Server;
  close(): Promise<void>;
}

export interface ExampleOptions {
  /** On loopback. */
  readonly port: number;
  /** The database file. */
  readonly path: string;
  /** 32 bytes in hexadecimal. */
  readonly masterKey: string;
  readonly users: Users;
  /** Of codes and of those who guess. */
  readonly clock?: Clock;
}

export async function startExample(options: ExampleOptions): Promise<Example> {
  const { port, path, masterKey, users, clock = systemClock } = options;
  const store = await openSqliteStore({ path });
  const authority = await createAuthority({
    issuer: `http://127.0.0.1:${String(port)}`,
    store,
    masterKey: parseMasterKey(masterKey),
  });
  const authenticate = createTwoFactors({ users, authority, store, clock });
  const auth = createHandler({
    authority,
    authenticate,
    userinfo: async ({ subject }) => {
      const [name] = (await users.read(subject))?.identifiers ?? [];
      return name === undefined ? {} : { preferred_username: name };
    },
  });
  const server = createServer((request, response) => void auth.node(request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    server,
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await authority.close();
      await store.close();
    },
  };
}
