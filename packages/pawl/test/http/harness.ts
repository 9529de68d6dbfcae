import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '../../src/authority/create-authority.js';
import type { Authority } from '../../src/authority/authority.js';
import type { AuthorityOptions, Mode } from '../../src/authority/options.js';
import {
  type Authentication,
  type CookieNames,
  cookieNamesOf,
  createHandler,
  type Handler,
  type HandlerOptions,
} from '../../src/http/index.js';
import { parseMasterKey } from '../../src/keys/index.js';
import { initialRotation } from '../../src/rotation/session.js';
import type { DocumentStore } from '../../src/stores/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.js';
import { requireDocumented } from './documented.js';

/** How requests reach the handler: through a socket, or as web-standard objects. */
export type Carrier = 'node' | 'fetch';

export const carriers: readonly Carrier[] = ['node', 'fetch'];

export interface Harness<M extends Mode = 'tokens'> {
  readonly origin: string;
  readonly authority: Authority<M>;
  readonly clock: FakeClock;
  readonly documents: DocumentStore;
  readonly handler: Handler;
  readonly names: CookieNames;
  /** Cuts every connection, as a restart of the server or a proxy does. */
  cutConnections(): void;
  /** @throws Error for an answer that the route does not document */
  send(path: string, init?: RequestInit): Promise<Response>;
  /** Sends JSON with POST. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Sends a form with POST. */
  form(
    path: string,
    fields: Record<string, string> | URLSearchParams,
    headers?: Record<string, string>,
  ): Promise<Response>;
  login(extra?: Record<string, string>): Promise<LoginBody>;
  /** Puts a session back to its state at login, as a restored backup does. */
  forgetRotations(sessionId: string): Promise<void>;
  close(): Promise<void>;
}

export interface LoginBody {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly refresh_generation: number;
  readonly refresh_fork: number;
  readonly session_id: string;
  readonly expires_in: number;
  readonly token_type: string;
}

export const clientSecret = 'a-secret-of-the-resource-server-0123456789';

const startAt = 1_800_000_000;

/** An authority over a memory store behind real HTTP, or behind `fetch`. Users: `ada` and `bob`, password `correct`; `twice` is asked for an `otp`, which is 123456. */
export async function startHarness<M extends Mode = 'tokens'>(
  carrier: Carrier,
  options: Partial<AuthorityOptions<M>> = {},
  handlerOptions: Partial<HandlerOptions> = {},
): Promise<Harness<M>> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const clock = createFakeClock(startAt);
  const { store = createMemoryStore() } = options;
  const authority = await createAuthority<M>({
    issuer: origin,
    store,
    masterKey: parseMasterKey('ab'.repeat(32)),
    maintenance: 'manual',
    clock,
    ...options,
  });
  const handler = createHandler({
    authority,
    authenticate: ({ username, password, state, members }) => {
      if (username === 'twice' || state !== null) return twoFactors(state, members['otp']);
      if (username === 'slow')
        return Promise.resolve({ ok: false, reason: 'throttled', retryAfterSeconds: 6.5 });
      const right = ['ada', 'bob'].includes(username) && password.reveal() === 'correct';
      return Promise.resolve(
        right ? { ok: true, subject: username, amr: ['pwd'] } : { ok: false, reason: 'wrong' },
      );
    },
    clients: [{ id: 'api', secretHash: createHash('sha256').update(clientSecret).digest('base64url') }],
    ...handlerOptions,
  });
  server.on('request', (request, response) => void handler.node(request, response));
  const carry = senderOf(carrier, handler, origin);
  const { without = [] } = handlerOptions;
  const send: Harness['send'] = async (path, init) => {
    const response = await carry(path, init);
    const method = init?.method ?? 'GET';
    await requireDocumented({ issuer: authority.issuer, method, path, response, without });
    return response;
  };
  const post: Harness['post'] = (path, body, headers = {}) =>
    send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return {
    origin,
    authority,
    clock,
    documents: store.documents,
    handler,
    names: cookieNamesOf(authority.issuer),
    cutConnections: () => server.closeAllConnections(),
    send,
    post,
    form: (path, fields, headers = {}) =>
      send(path, { method: 'POST', headers, body: new URLSearchParams(fields) }),
    async login(extra = {}) {
      const response = await post('/login', { username: 'ada', password: 'correct', ...extra });
      return (await response.json()) as LoginBody;
    },
    async forgetRotations(sessionId) {
      const session = await store.sessions.find(sessionId);
      if (session === null) throw new Error('no such session');
      const { applied } = await store.sessions.apply(
        session,
        { kind: 'advance', to: initialRotation },
        clock.now(),
      );
      if (!applied) throw new Error('the session moved');
    },
    async close() {
      handler.close();
      await authority.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function twoFactors(state: string | null, otp: unknown): Promise<Authentication> {
  const factor = { ok: false, reason: 'factor', factors: ['otp'], state: 'password was right' } as const;
  const right = state === factor.state && otp === '123456';
  if (state === null) return Promise.resolve(factor);
  return Promise.resolve(
    right ? { ok: true, subject: 'twice', amr: ['pwd', 'otp'] } : { ok: false, reason: 'wrong' },
  );
}

function senderOf(carrier: Carrier, handler: Handler, origin: string): Harness['send'] {
  if (carrier === 'node') return (path, init) => fetch(origin + path, init);
  return (path, init) => handler.fetch(new Request(origin + path, init), { address: '127.0.0.1' });
}

/** The value and the attributes of each cookie that a response sets. */
export function cookiesOf(response: Response): ReadonlyMap<string, { value: string; attributes: string }> {
  return new Map(
    response.headers.getSetCookie().map((line) => {
      const [pair = '', ...attributes] = line.split('; ');
      const at = pair.indexOf('=');
      return [pair.slice(0, at), { value: pair.slice(at + 1), attributes: attributes.join('; ') }];
    }),
  );
}

/** The Cookie header of a browser that received these cookies. */
export function cookieHeader(response: Response): string {
  return [...cookiesOf(response)].map(([name, { value }]) => `${name}=${value}`).join('; ');
}
