/**
 * One API that runs on tokens or on sessions. The option `mode` is all that differs: the guard, the data kept beside a session and the
 * endpoints below `/auth` are the same lines.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AnyAuthority, createAuthority, type Mode, parseMasterKey } from 'pawl';
import { createHandler, type Handler } from 'pawl/http';
import { openSqliteStore } from 'pawl/stores/sqlite';

export interface Example {
  readonly server: Server;
  close(): Promise<void>;
}

export interface ExampleOptions {
  readonly mode: Mode;
  readonly port: number;
  /** The database file. */
  readonly path: string;
  /** 32 bytes in hexadecimal. */
  readonly masterKey: string;
}

/** Starts the API on a loopback port. */
export async function startExample({ mode, port, path, masterKey }: ExampleOptions): Promise<Example> {
  const store = await openSqliteStore({ path });
  const authority = await createAuthority({
    mode,
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
  const server = createServer((request, response) => void route(authority, auth, request, response));
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
  authority: AnyAuthority,
  auth: Handler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.url?.startsWith('/auth/') === true) return auth.node(request, response);
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  const verification = token === undefined ? null : await authority.verify(token);
  if (verification?.valid !== true) {
    response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    return;
  }
  const { sub, sid, role } = verification.claims;
  const visits = await countVisit(authority, sid);
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ hello: sub, role, visits }));
}

/** Counts in the data of the session; null when the session ended meanwhile. */
async function countVisit(authority: AnyAuthority, sessionId: string): Promise<number | null> {
  for (;;) {
    const read = await authority.readData(sessionId);
    if (read === null) return null;
    const visits = Number(read.data['visits'] ?? 0) + 1;
    const outcome = await authority.writeData(sessionId, { ...read.data, visits }, read.version);
    if (outcome === 'written') return visits;
    if (outcome === 'ended') return null;
  }
}
