import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Authority } from '../../../src/authority/authority.js';
import { createAuthority } from '../../../src/authority/create-authority.js';
import { createHandler } from '../../../src/http/index.js';
import { parseMasterKey } from '../../../src/keys/index.js';
import { createMemoryStore } from '../../../src/stores/memory/index.js';
import { requireDocumented } from '../documented.js';
import { clientSecret } from '../harness.js';
import type { Mount } from './mount.js';

export interface MountedHarness {
  readonly origin: string;
  readonly authority: Authority;
  readonly errors: readonly unknown[];
  /** Sends to a path below the server's root. @throws Error for an answer that the route does not document */
  send(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** An authority at /auth of a server whose listener is what a framework makes of the handler. User: `ada`, password `correct`. */
export async function startMounted(listener: Mount['listener']): Promise<MountedHarness> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const authority = await createAuthority({
    issuer: `${origin}/auth`,
    store: createMemoryStore(),
    masterKey: parseMasterKey('ab'.repeat(32)),
    maintenance: 'manual',
  });
  const errors: unknown[] = [];
  const auth = createHandler({
    authority,
    authenticate: async ({ username, password }) =>
      username === 'ada' && password.reveal() === 'correct'
        ? { ok: true, subject: 'ada', amr: ['pwd'] }
        : { ok: false, reason: 'wrong' },
    clients: [{ id: 'api', secretHash: createHash('sha256').update(clientSecret).digest('base64url') }],
    onError: (error) => errors.push(error),
  });
  const answer = await listener(auth);
  server.on('request', (request, response) => void answer(request, response));
  return {
    origin,
    authority,
    errors,
    async send(path, init) {
      const response = await fetch(origin + path, init);
      await requireDocumented({ issuer: authority.issuer, method: init?.method ?? 'GET', path, response });
      return response;
    },
    async close() {
      await authority.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
