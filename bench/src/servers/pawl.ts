/** Pawl as an embedding service has it: an authority on a store, its HTTP handler on node:http. */
import { Redis } from 'ioredis';
import path from 'node:path';
import { type Authority, createAuthority, type PolicyName, type PolicyOption, parseMasterKey } from 'pawl';
import { createHandler } from 'pawl/http';
import type { Store } from 'pawl/stores';
import { createMemoryStore } from 'pawl/stores/memory';
import { migratePostgres, openPostgresStore } from 'pawl/stores/postgres';
import { openRedisStore } from 'pawl/stores/redis';
import { openSqliteStore } from 'pawl/stores/sqlite';
import { createClient } from 'redis';
import { openPool } from '../postgres-pool.js';
import { required } from '../required.js';
import { loadSqlite } from '../sqlite-driver.js';
import { type Prepared, type Setup, serve } from './serve.js';

type StoreOpeners = Readonly<Record<string, (setup: Setup) => Promise<OpenStore>>>;

interface OpenStore {
  readonly store: Store;
  /** Ends the connections, which are not the store's. */
  disconnect(): Promise<unknown>;
}

const nothing = async (): Promise<void> => undefined;

const openers: StoreOpeners = {
  memory: async () => ({ store: createMemoryStore(), disconnect: nothing }),
  async sqlite({ folder }) {
    const options = { path: path.join(folder, 'pawl.sqlite'), driver: await loadSqlite() };
    return { store: await openSqliteStore(options), disconnect: nothing };
  },
  async 'redis-ioredis'({ database }) {
    const client = new Redis(required(database));
    return { store: await openRedisStore({ client }), disconnect: () => client.quit() };
  },
  async 'redis-node'({ database }) {
    const client = await createClient({ socket: required(database) }).connect();
    return { store: await openRedisStore({ client }), disconnect: () => client.close() };
  },
  async postgres({ database }) {
    const pool = openPool(required(database));
    await migratePostgres({ pool });
    return { store: await openPostgresStore({ pool }), disconnect: () => pool.end() };
  },
};

/** The variant is the name of a store, and the name of a policy or the seconds of a window. */
serve(async (setup: Setup): Promise<Prepared> => {
  const [storeName, policyText] = setup.variant.split(' ') as [string, string];
  const opened = await required(openers[storeName])(setup);
  const { store } = opened;
  const authority = await createAuthority({
    issuer: setup.origin,
    store,
    ...policyOf(policyText),
    masterKey: parseMasterKey('00'.repeat(32)),
  });
  const handler = createHandler({
    authority,
    // Nobody logs in over HTTP here: the sessions are made below.
    authenticate: async () => ({ ok: false, reason: 'wrong' }),
  });
  const subjects = Array.from({ length: setup.sessions }, (_, index) => `user-${index}`);
  return {
    listener: (request, response) => void handler.node(request, response),
    refreshTokens: await Promise.all(subjects.map((subject) => logIn(authority, subject))),
    publicKey: { ...authority.jwks().keys[0] },
    async close() {
      await authority.close();
      await store.close();
      await opened.disconnect();
    },
  };
});

function policyOf(text: string): { readonly policy: PolicyOption; readonly accessSeconds?: number } {
  const windowSeconds = Number(text);
  if (Number.isNaN(windowSeconds)) return { policy: text as PolicyName };
  // An access token has to outlive the window.
  return { policy: { windowSeconds }, accessSeconds: Math.max(300, 2 * windowSeconds) };
}

async function logIn(authority: Authority, subject: string): Promise<string> {
  const result = await authority.login({ subject, scope: 'api' });
  if (!result.granted) throw new Error(`${subject} could not log in`);
  return result.tokens.refreshToken;
}
