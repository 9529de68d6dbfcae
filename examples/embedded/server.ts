/**
 * Pawl inside one API: sessions in a SQLite file, the endpoints beside the API's own, and a guard before them.
 *
 *   PAWL_MASTER_KEY=$(openssl rand -hex 32) npm start
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createAuthority, parseMasterKey } from 'pawl';
import { createHandler, type Handler } from 'pawl/http';
import { openSqliteStore } from 'pawl/stores/sqlite';
import { type NodeGuard, requireSession } from 'pawl/verifier/adapters/node';

export interface Example {
  readonly server: Server;
  close(): Promise<void>;
}

/** Starts the API on a loopback port. `path` is the database file; `masterKey` is 32 bytes in hexadecimal. */
export async function startExample(port: number, path: string, masterKey: string): Promise<Example> {
  const store = await openSqliteStore({ path });
  const authority = await createAuthority({
    issuer: `http://127.0.0.1:${String(port)}/auth`,
    store,
    masterKey: parseMasterKey(masterKey),
    claims: ({ subject }) => ({ claims: { role: subject === 'ada' ? 'admin' : 'reader' } }),
  });
  const auth = createHandler({
    authority,
    // Your own user table goes here.
    authenticate: ({ username, password }) =>
      Promise.resolve(
        username === 'ada' && password.reveal() === 'engine-1843'
          ? { ok: true, subject: 'ada', amr: ['pwd'] }
          : { ok: false, reason: 'wrong' },
      ),
  });
  const guard = requireSession(auth);
  const server = createServer((request, response) => void route(guard, auth, request, response));
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

async function route(
  guard: NodeGuard,
  auth: Handler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.url?.startsWith('/auth/') === true) return auth.node(request, response);
  const session = await guard(request, response);
  if (session === null) return;
  const { sub, role } = session.claims;
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ hello: sub, role }));
}
