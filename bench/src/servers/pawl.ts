/** Pawl as an embedding service has it: an authority on a store, its HTTP handler on node:http. */
import path from 'node:path';
import { type Authority, createAuthority, type PolicyName, parseMasterKey } from 'pawl';
import { createHandler } from 'pawl/http';
import type { Store } from 'pawl/stores';
import { createMemoryStore } from 'pawl/stores/memory';
import { openSqliteStore } from 'pawl/stores/sqlite';
import { loadSqlite } from '../sqlite-driver.js';
import { type Prepared, type Setup, serve } from './serve.js';

serve(async ({ variant, sessions, folder, origin }: Setup): Promise<Prepared> => {
  const [storeName, policy] = variant.split(' ') as ['memory' | 'sqlite', PolicyName];
  const store = storeName === 'memory' ? createMemoryStore() : await openSqlite(folder);
  const authority = await createAuthority({
    issuer: origin,
    store,
    policy,
    masterKey: parseMasterKey('00'.repeat(32)),
  });
  const handler = createHandler({
    authority,
    // Nobody logs in over HTTP here: the sessions are made below.
    authenticate: async () => ({ ok: false, reason: 'wrong' }),
  });
  const subjects = Array.from({ length: sessions }, (_, index) => `user-${index}`);
  return {
    listener: (request, response) => void handler.node(request, response),
    refreshTokens: await Promise.all(subjects.map((subject) => logIn(authority, subject))),
    publicKey: { ...authority.jwks().keys[0] },
    async close() {
      await authority.close();
      await store.close();
    },
  };
});

async function openSqlite(folder: string): Promise<Store> {
  return openSqliteStore({ path: path.join(folder, 'pawl.sqlite'), driver: await loadSqlite() });
}

async function logIn(authority: Authority, subject: string): Promise<string> {
  const result = await authority.login({ subject, scope: 'api' });
  if (!result.granted) throw new Error(`${subject} could not log in`);
  return result.tokens.refreshToken;
}
