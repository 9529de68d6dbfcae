/** An issuer and a page of one origin; the page holds the session with pawl/client. */
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { build } from 'esbuild';
import { createAuthority, createLocalMasterKey, type PawlEvent, Secret } from 'pawl';
import { createHandler } from 'pawl/http';
import { openSqliteStore } from 'pawl/stores/sqlite';

export interface Example {
  readonly origin: string;
  close(): Promise<void>;
}

/** What an application's own bundler does. */
async function bundleClient(): Promise<string> {
  const stdin = { contents: `export * from 'pawl/client'`, resolveDir: import.meta.dirname };
  const bundle = await build({ stdin, bundle: true, minify: true, format: 'esm', write: false });
  return bundle.outputFiles[0]?.text ?? '';
}

/** @param databasePath - a file; sessions and keys live in it */
export async function startExample(
  port: number,
  databasePath: string,
  masterKey: Buffer,
  onEvent: (event: PawlEvent) => void,
): Promise<Example> {
  const origin = `http://localhost:${String(port)}`;
  const store = await openSqliteStore({ path: databasePath });
  const authority = await createAuthority({
    issuer: `${origin}/auth`,
    store,
    masterKey: createLocalMasterKey(new Secret(masterKey)),
    onEvent,
  });
  const auth = createHandler({
    authority,
    authenticate: ({ username, password }) =>
      Promise.resolve(
        username === 'ada' && password.reveal() === 'engine-1843'
          ? { ok: true, subject: 'ada', amr: ['pwd'] }
          : { ok: false, reason: 'wrong' },
      ),
  });
  const pages = await pagesOf();
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/auth/') === true) void auth.node(request, response);
    else pages(request, response);
  });
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return {
    origin,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await authority.close();
      await store.close();
    },
  };
}

async function pagesOf(): Promise<RequestListener> {
  const read = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), 'utf8');
  const pages = new Map([
    ['/', { type: 'text/html; charset=utf-8', text: await read('page.html') }],
    ['/page.js', { type: 'text/javascript', text: await read('page.js') }],
    ['/pawl-client.js', { type: 'text/javascript', text: await bundleClient() }],
  ]);
  return (request, response) => {
    const page = pages.get(request.url ?? '');
    if (page === undefined) {
      response.writeHead(404).end();
      return;
    }
    // The only protection against a script of somebody else in the page is that there is none.
    const policy =
      "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'";
    response.writeHead(200, { 'content-type': page.type, 'content-security-policy': policy }).end(page.text);
  };
}
