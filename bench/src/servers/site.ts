/** A site over HTTPS with Pawl at its root, on SQLite: a page, its script, and `/api` for whoever is logged in. */
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import path from 'node:path';
import { createAuthority, parseMasterKey, systemClock } from 'pawl';
import { createHandler } from 'pawl/http';
import { openSqliteStore } from 'pawl/stores/sqlite';
import { answerOrders } from '../answer-orders.js';
import { startHttpsServer } from '../../../testbed/src/https-server.js';
import type { SiteOrder, SiteReport } from '../possession/messages.js';
import { loadSqlite } from '../sqlite-driver.js';

let aheadSeconds = 0;
let answers: Promise<string>[] = [];
const clock = { now: () => systemClock.now() + aheadSeconds };

async function obey(order: SiteOrder): Promise<SiteReport> {
  switch (order.type) {
    case 'start':
      return { type: 'ready', origin: await start(order) };
    case 'advance':
      aheadSeconds += order.seconds;
      return { type: 'advanced' };
    case 'take': {
      const taken = answers;
      answers = [];
      return { type: 'taken', requests: await Promise.all(taken) };
    }
  }
}

async function start(order: Extract<SiteOrder, { type: 'start' }>): Promise<string> {
  const { certificate, folder, script, deviceBoundSessions } = order;
  const server = await startHttpsServer(certificate);
  const store = await openSqliteStore({ path: path.join(folder, 'pawl.sqlite'), driver: await loadSqlite() });
  const authority = await createAuthority({
    ...{ issuer: server.origin(), store, clock, maintenance: 'manual' },
    masterKey: parseMasterKey('00'.repeat(32)),
  });
  const handler = createHandler({
    ...{ authority, deviceBoundSessions },
    authenticate: async ({ username }) => ({ ok: true, subject: username, amr: ['pwd'] }),
  });
  const pages: Readonly<Record<string, RequestListener>> = {
    '/': (_, response) =>
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><title>site</title><script type="module" src="/page.js"></script>'),
    '/page.js': (_, response) => response.setHeader('content-type', 'text/javascript').end(script),
    '/favicon.ico': (_, response) => response.writeHead(204).end(),
    async '/api'(request, response) {
      const verified = await handler.verify(request);
      response.writeHead(verified.ok ? 200 : verified.status, { 'cache-control': 'no-store' }).end('ok');
    },
  };
  server.answerWith((request, response) => {
    const { method = '', url = '' } = request;
    // The browser may have the answer before this process knows that it is gone.
    answers.push(once(response, 'finish').then(() => `${method} ${url} ${response.statusCode}`));
    // Clients take the time from there.
    response.setHeader('date', new Date(clock.now() * 1000).toUTCString());
    const page = pages[url];
    if (page === undefined) void handler.node(request, response);
    else page(request, response);
  });
  return server.origin();
}

answerOrders(obey);
