import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { temporaryFolder } from '../../../../testbed/src/temporary-folder.js';
import type { Authority } from '../../src/authority/authority.js';
import type { PolicyOption } from '../../src/authority/options.js';
import { createAuthority } from '../../src/authority/create-authority.js';
import type { PawlEvent } from '../../src/authority/events.js';
import { createHandler } from '../../src/http/index.js';
import { parseMasterKey } from '../../src/keys/index.js';
import { openSqliteStore } from '../../src/stores/sqlite/index.js';
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.js';
import { startWeatherProxy, type WeatherProxy } from './weather-proxy.js';

/** A real server over SQLite, known to clients by the proxy before it. Its endpoints are below /auth. */
export interface LoopbackIssuer {
  readonly issuer: string;
  readonly proxy: WeatherProxy;
  readonly clock: FakeClock;
  readonly authority: Authority;
  readonly events: PawlEvent[];
  close(): Promise<void>;
}

/** @param pages - answers what is not below /auth */
export async function startLoopbackIssuer(
  policy: PolicyOption,
  pages: RequestListener = (_request, response) => response.writeHead(404).end(),
): Promise<LoopbackIssuer> {
  const proxy = await startWeatherProxy();
  const clock = createFakeClock(Date.now() / 1000);
  const events: PawlEvent[] = [];
  const issuer = `${proxy.origin}/auth`;
  const store = await openSqliteStore({
    path: path.join(temporaryFolder('issuer'), 'pawl.db'),
    busyDeadlineSeconds: 30,
  });
  const authority = await createAuthority({
    issuer,
    store,
    masterKey: parseMasterKey('cd'.repeat(32)),
    maintenance: 'manual',
    policy,
    clock,
    onEvent: (event) => events.push(event),
  });
  const handler = createHandler({
    authority,
    authenticate: ({ username, password }) =>
      Promise.resolve(
        password.reveal() === 'correct'
          ? { ok: true, subject: username, amr: ['pwd'] }
          : { ok: false, reason: 'wrong' },
      ),
  });
  const server = createServer((request, response) => {
    // The time of the whole machine, as far as clients can tell.
    response.setHeader('date', new Date(clock.now() * 1000).toUTCString());
    if (request.url?.startsWith('/auth/') === true) void handler.node(request, response);
    else pages(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.leadTo((server.address() as AddressInfo).port);
  return {
    issuer,
    proxy,
    clock,
    authority,
    events,
    async close() {
      await proxy.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await authority.close();
      await store.close();
    },
  };
}

/** Events that an honest client never causes. */
export function alarms(events: readonly PawlEvent[]): PawlEvent[] {
  // A proof is refused when it arrives twice, or when the server's clock is set: another one follows.
  const harmless = ['session.created', 'session.refreshed', 'proof.refused'];
  return events.filter(({ type }) => !type.startsWith('key.') && !harmless.includes(type));
}
