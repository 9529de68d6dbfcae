import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import type { Certificate } from '../../../../testbed/src/certificate.js';
import { type HttpsServer, startHttpsServer } from '../../../../testbed/src/https-server.js';
import { createAuthority } from '../../src/authority/create-authority.js';
import type { Authority } from '../../src/authority/authority.js';
import type { PawlEvent } from '../../src/authority/events.js';
import { PawlError } from '../../src/errors.js';
import { cookieNamesOf, createHandler } from '../../src/http/index.js';
import { parseMasterKey } from '../../src/keys/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.js';
import { interceptStore } from '../authority/intercepted-store.js';

/** Generous, because a browser shares the machine with everything else. A creation that does not come in this time does not come. */
const patienceMilliseconds = 60_000;

/** A request as the site's server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  status: number;
}

/** A site with Pawl at its root and an API of its own, over HTTPS. */
export interface Site {
  readonly server: HttpsServer;
  readonly authority: Authority;
  readonly clock: FakeClock;
  readonly events: readonly PawlEvent[];
  readonly seen: readonly Seen[];
  /** Requests to a path, in order. */
  requests(path: string): readonly Seen[];
  /** While it is true, the store answers nothing about sessions. */
  setStoreDown(isDown: boolean): void;
  /** The next requests to this path are answered with these statuses, one each, and nothing else happens. */
  failNext(path: string, ...statuses: readonly number[]): void;
  /**
   * While `work` goes on, answers to this path are made and then destroyed. All of them: Chromium itself repeats a request whose connection broke
   * until it has used up the connections that were open before.
   */
  withAnswersLost<Result>(path: string, work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

const startAt = 1_800_000_000;

/** Users: any name, password `correct`. `/` is an empty page, `/api/…` answers 200 to whoever has a good access cookie. */
export async function startSite(certificate: Certificate): Promise<Site> {
  const server = await startHttpsServer(certificate);
  const clock = createFakeClock(startAt);
  const events: PawlEvent[] = [];
  let isStoreDown = false;
  const authority = await createAuthority({
    issuer: server.origin(),
    store: interceptStore(createMemoryStore(), (method, perform) =>
      isStoreDown && method.startsWith('sessions.')
        ? Promise.reject(new PawlError('store_unavailable', 'down'))
        : perform(),
    ),
    masterKey: parseMasterKey('ab'.repeat(32)),
    maintenance: 'manual',
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
  const seen: Seen[] = [];
  const failures = new Map<string, number[]>();
  const losing = new Set<string>();

  server.answerWith((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      // An error of the site is a failed test, not a page that looks strange.
      process.emitWarning(error instanceof Error ? error : String(error));
      response.destroy();
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/'] = (request.url ?? '/').split('?');
    const entry: Seen = { method: request.method ?? '', path, headers: request.headers, status: 0 };
    seen.push(entry);
    response.once('finish', () => {
      entry.status = response.statusCode;
    });
    const failure = failures.get(path)?.shift();
    if (failure !== undefined) {
      response.writeHead(failure).end();
      return;
    }
    if (losing.has(path)) response.end = loseAnswer(response);
    if (path === '/')
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>site</title>');
    else if (path.startsWith('/api/')) await answerApi(authority, request, response);
    else await handler.node(request, response);
  }

  return {
    server,
    authority,
    clock,
    events,
    seen,
    requests: (path) => seen.filter((entry) => entry.path === path),
    setStoreDown: (isDown) => {
      isStoreDown = isDown;
    },
    failNext: (path, ...next) => failures.set(path, [...(failures.get(path) ?? []), ...next]),
    async withAnswersLost(path, work) {
      losing.add(path);
      try {
        return await work();
      } finally {
        losing.delete(path);
      }
    },
    async close() {
      await authority.close();
      await server.close();
    },
  };
}

/** The server has done its work; the connection breaks before a byte of the answer leaves. */
function loseAnswer(response: ServerResponse): ServerResponse['end'] {
  return () => response.destroy();
}

async function answerApi(
  authority: Authority,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const token = /(?:^|; )__Host-pawl-access-\w+=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
  const verification = await authority.verify(token);
  response.writeHead(verification.valid ? 200 : 401, { 'content-type': 'application/json' });
  response.end(JSON.stringify(verification.valid ? { subject: verification.claims.sub } : {}));
}

/** One page of a browser on the site. */
export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Calls the site from its page; the status of the answer, and its body when it is JSON. */
  call(path: string, body?: object): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Logs in by cookie and waits until the browser has registered its key. */
  login(username?: string): Promise<void>;
  /** Takes the access cookie away, so that the next request has to wait for a refresh. */
  dropAccessCookie(): Promise<void>;
}

/** Opens the site in a new page. */
export async function visit(site: Site, context: BrowserContext): Promise<Visitor> {
  const page = await context.newPage();
  await page.goto(site.server.origin());
  const cdp = await context.newCDPSession(page);
  const call: Visitor['call'] = (path, body) =>
    page.evaluate(
      async ([address, json]) => {
        const method = json === null ? 'GET' : 'POST';
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(address, json === null ? {} : { method, headers, body: json });
        const text = await response.text();
        return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : null };
      },
      [path, body === undefined ? null : JSON.stringify(body)] as const,
    );
  return {
    page,
    context,
    call,
    async login(username = 'ada') {
      const created = await expectCreation(cdp);
      const { status } = await call('/login', { username, password: 'correct', transport: 'cookie' });
      if (status !== 200) throw new Error(`the login was answered with ${String(status)}`);
      await created();
    },
    dropAccessCookie: () => context.clearCookies({ name: cookieNamesOf(site.server.origin()).access }),
  };
}

interface DeviceBoundSessionEvent {
  readonly succeeded: boolean;
  readonly creationEventDetails?: { readonly fetchResult: string };
}

/** Watches for the registration of a key; what it resolves to waits for it. Nothing else tells that a browser ignored the offer. */
async function expectCreation(cdp: CDPSession): Promise<() => Promise<void>> {
  const untyped = cdp as unknown as {
    send(method: string, parameters: object): Promise<unknown>;
    on(name: string, listener: (event: DeviceBoundSessionEvent) => void): void;
  };
  await untyped.send('Network.enable', {});
  await untyped.send('Network.enableDeviceBoundSessions', { enable: true });
  let settle: (event: DeviceBoundSessionEvent) => void = () => undefined;
  const event = new Promise<DeviceBoundSessionEvent>((resolve) => {
    settle = resolve;
  });
  untyped.on('Network.deviceBoundSessionEventOccurred', (occurred) => {
    if (occurred.creationEventDetails !== undefined) settle(occurred);
  });
  return async () => {
    const creation = await withinPatience(event, 'the browser registered no key: it ignored the offer');
    if (!creation.succeeded)
      throw new Error(`the registration failed: ${String(creation.creationEventDetails?.fetchResult)}`);
  };
}

/** @throws Error with `message` when the promise takes longer than a browser may */
async function withinPatience<Value>(promise: Promise<Value>, message: string): Promise<Value> {
  const timer = AbortSignal.timeout(patienceMilliseconds);
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      timer.addEventListener('abort', () => reject(new Error(message)));
    }),
  ]);
}

/** A second browser with a copy of everything that a cookie jar holds. */
export async function copyCookies(browser: Browser, from: BrowserContext): Promise<BrowserContext> {
  const thief = await browser.newContext();
  await thief.addCookies(await from.cookies());
  return thief;
}
