import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Authority, createAuthority, parseMasterKey, type PawlEvent } from 'pawl';
import {
  browserPages,
  type CookieNames,
  cookieNamesOf,
  createHandler,
  defineRoute,
  type HandlerModule,
  type HttpResponse,
  one,
} from 'pawl/http';
import type { Store } from 'pawl/stores';
import { createMemoryStore } from 'pawl/stores/memory';
import { createFakeClock, type FakeClock } from 'pawl/testing';
import type { Certificate } from '../../../../testbed/src/certificate.js';
import { startHttpsServer } from '../../../../testbed/src/https-server.js';
import { waitUntil } from '../../../../testbed/src/wait-until.js';
import { createAccount } from '../../src/pages/account.js';

/** One request, and what was answered, as the server saw it. */
export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly address: string;
  readonly path: string;
  readonly site: string | null;
  readonly destination: string | null;
  /** 0 until the answer is ready. */
  status: number;
  setCookies: readonly string[];
  location: string | null;
  /** Whether the answer is a page that loads its address again. */
  loadsAgain: boolean;
}

/** The next request that fits, held back. */
export interface Held {
  /** Resolves when the server has the request. */
  readonly arrived: Promise<void>;
  /** Resolves when the browser waits for the answer no more. */
  readonly abandoned: Promise<void>;
  readonly release: () => void;
}

/** Whether a request is held before the server acts on it, or when it has acted and its answer is ready. */
export type Moment = 'before' | 'after';

export interface Operation {
  readonly method: string;
  readonly path: string;
}

/** A server with its account pages, an application page at `/app`, and a clock that the test moves. */
export interface AttackedSite {
  readonly origin: string;
  readonly authority: Authority;
  readonly store: Store;
  readonly clock: FakeClock;
  readonly names: CookieNames;
  readonly events: readonly PawlEvent[];
  readonly exchanges: readonly Exchange[];
  /** Every operation of the server, by its own account. */
  operations(): Promise<readonly Operation[]>;
  hold(moment: Moment, fits: (exchange: Exchange) => boolean): Held;
  /** Releases whatever is held, and holds nothing any more. */
  releaseAll(): void;
  /** Resolves when nothing waits for an answer any more. */
  whenIdle(): Promise<void>;
  close(): Promise<void>;
}

const startAt = 1_800_000_000;
const host = 'auth.localhost';
const shell = '<!doctype html><link rel="icon" href="data:,"><title>application</title>';

/** A page without COOP, as one that other sites may open to log in: its opener keeps a hand on it. */
const popup: HandlerModule = {
  name: 'popup',
  routes: [
    defineRoute({
      method: 'GET',
      path: '/popup',
      summary: 'Of the test.',
      caller: 'anybody',
      takes: 'query',
      parameters: { load: one('The mark.') },
      answers: [],
      errors: [],
      async run(services, { request }): Promise<HttpResponse> {
        const loaded = await browserPages(services).load(request);
        if (loaded.kind === 'refreshed')
          return { status: 303, headers: [['location', loaded.address], ...loaded.headers], body: '' };
        const again =
          loaded.kind === 'load-again'
            ? `<meta http-equiv="refresh" content="0; url=${loaded.address}">`
            : '';
        const headers = loaded.kind === 'nobody' ? loaded.headers : [];
        return {
          status: 200,
          headers: [['content-type', 'text/html'], ['cache-control', 'no-store'], ...headers],
          body: `${shell}${again}${loaded.kind}`,
        };
      },
    }),
  ],
};

/** Users: any name, password `correct`. */
export async function startAttackedSite(certificate: Certificate): Promise<AttackedSite> {
  const server = await startHttpsServer(certificate);
  const origin = server.origin(host);
  const [clock, store] = [createFakeClock(startAt), createMemoryStore()];
  const events: PawlEvent[] = [];
  const authority = await createAuthority({
    issuer: origin,
    store,
    masterKey: parseMasterKey('ab'.repeat(32)),
    maintenance: 'manual',
    clock,
    onEvent: (event) => events.push(event),
  });
  const whenLogged = (): Promise<void> => Promise.resolve();
  const handler = createHandler({
    authority,
    modules: [
      createAccount({
        authority,
        events: store.events,
        nameOf: (subject) => Promise.resolve(subject),
        whenLogged,
        clock,
      }),
      popup,
    ],
    authenticate: async ({ username, password }) =>
      password.reveal() === 'correct'
        ? { ok: true, subject: username, amr: ['pwd'] }
        : { ok: false, reason: 'wrong' },
    // A bound browser has no refresh cookie that could be redeemed.
    deviceBoundSessions: false,
  });
  const watch = new Watch();
  server.answerWith((request, response) => {
    void watch.pass(request, response, async () => {
      if (request.url === '/app') response.setHeader('content-type', 'text/html').end(shell);
      else await handler.node(request, response);
    });
  });
  return {
    ...{ origin, authority, store, clock, events },
    names: cookieNamesOf(origin),
    exchanges: watch.exchanges,
    async operations() {
      const description = JSON.parse(
        await (await handler.fetch(new Request(`${origin}/openapi.json`))).text(),
      ) as {
        readonly paths: Readonly<Record<string, object>>;
      };
      return Object.entries(description.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => ({
          method: method.toUpperCase(),
          path: path === '' ? '/' : path,
        })),
      );
    },
    hold: (moment, fits) => watch.hold(moment, fits),
    releaseAll: () => watch.releaseAll(),
    whenIdle: () => waitUntil('every request is answered', () => watch.waiting === 0),
    async close() {
      handler.close();
      await authority.close();
      await server.close();
    },
  };
}

interface Gate {
  readonly moment: Moment;
  readonly fits: (exchange: Exchange) => boolean;
  readonly arrive: () => void;
  readonly abandon: () => void;
  readonly released: Promise<void>;
  readonly release: () => void;
}

/** Sees every request and its answer, and holds some back. */
class Watch {
  readonly exchanges: Exchange[] = [];
  waiting = 0;
  readonly #gates = new Set<Gate>();
  readonly #held = new Set<Gate>();

  hold(moment: Moment, fits: Gate['fits']): Held {
    let arrive: () => void = () => undefined;
    let release: () => void = () => undefined;
    let abandon: () => void = () => undefined;
    const abandoned = new Promise<void>((resolve) => (abandon = resolve));
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    const gate: Gate = { moment, fits, arrive, abandon, released, release };
    this.#gates.add(gate);
    return {
      arrived,
      abandoned,
      release: () => {
        this.#gates.delete(gate);
        release();
      },
    };
  }

  releaseAll(): void {
    for (const { release } of [...this.#gates, ...this.#held]) release();
    this.#gates.clear();
    this.#held.clear();
  }

  async pass(request: IncomingMessage, response: ServerResponse, answer: () => Promise<void>): Promise<void> {
    const exchange = exchangeOf(request);
    this.exchanges.push(exchange);
    this.waiting += 1;
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    const gate = [...this.#gates].find(({ fits }) => fits(exchange));
    if (gate !== undefined) {
      this.#gates.delete(gate);
      this.#held.add(gate);
    }
    void closed.then(() => gate?.abandon());
    // The handler sets headers one by one where one is there already, so that they can be read.
    response.setHeader('x-seen', '1');
    const end = response.end.bind(response) as (body?: unknown) => void;
    response.end = ((body?: unknown) => {
      note(exchange, response, body);
      if (gate?.moment === 'after') gate.arrive();
      void (gate?.released ?? Promise.resolve()).then(() => end(body));
      return response;
    }) as ServerResponse['end'];
    if (gate?.moment === 'before') {
      gate.arrive();
      await gate.released;
    }
    await answer().catch((error: unknown) => {
      // An error of the site is a failed test, not a page that looks strange.
      process.emitWarning(error instanceof Error ? error : String(error));
      response.destroy();
    });
    // Also a request that nobody waits for any more is carried out.
    await closed;
    this.waiting -= 1;
  }
}

function exchangeOf({ method = '', url = '/', headers }: IncomingMessage): Exchange {
  const header = (name: string): string | null => headers[name]?.toString() ?? null;
  return {
    method,
    address: url,
    path: url.split('?')[0] ?? '',
    site: header('sec-fetch-site'),
    destination: header('sec-fetch-dest'),
    ...{ status: 0, setCookies: [], location: null, loadsAgain: false },
  };
}

function note(exchange: Exchange, response: ServerResponse, body: unknown): void {
  exchange.setCookies = [response.getHeader('set-cookie') ?? []].flat().map(String);
  exchange.location = response.getHeader('location')?.toString() ?? null;
  exchange.loadsAgain = typeof body === 'string' && body.includes('http-equiv="refresh"');
  exchange.status = response.statusCode;
}
