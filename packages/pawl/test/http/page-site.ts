import { onTestFinished } from 'vitest';
import type { AuthorityOptions, Mode } from '../../src/authority/options.js';
import type { LoginRequest } from '../../src/authority/login.js';
import type { Tokens } from '../../src/authority/issue.js';
import type { PawlEvent } from '../../src/authority/events.js';
import { PawlError } from '../../src/errors.js';
import {
  type BrowserSession,
  browserPages,
  defineRoute,
  type HandlerModule,
  type HttpResponse,
  type Loaded,
  type Nobody,
  one,
} from '../../src/http/index.js';
import type { Session } from '../../src/rotation/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { interceptStore } from '../authority/intercepted-store.js';
import { type Carrier, type Harness, startHarness } from './harness.js';

/** What a page was told of its browser. */
export interface Said {
  readonly kind: (Loaded | Nobody)['kind'];
  readonly address?: string;
}

/** An answer of a page; nothing is said where it is an error, or without a body. */
export interface PageAnswer {
  readonly status: number;
  readonly said: Said | null;
  readonly setCookies: readonly string[];
}

export interface PageSite<M extends Mode> {
  readonly harness: Harness<M>;
  /** Events since they were last taken, but those of keys. */
  takeEvents(): PawlEvent[];
  /** The record of a session as it stands. */
  record(sessionId: string): Promise<Session>;
  /** While it is true, the store answers nothing about sessions. */
  setStoreDown(isDown: boolean): void;
  load(cookie: string, headers?: Record<string, string>, query?: string): Promise<PageAnswer>;
  /** Sends any method to the address of a page. */
  send(path: string, init: RequestInit): Promise<PageAnswer>;
  form(cookie: string, headers?: Record<string, string>): Promise<PageAnswer>;
}

const common = {
  caller: 'anybody',
  parameters: {},
  answers: [],
  errors: [],
  summary: 'Of the test.',
} as const;

/** What a browser sends with a load that no site has caused, and with one of an own page. */
export const ownLoad = { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'document' };

/** Pages that answer with what they are told. */
const pages: HandlerModule = {
  name: 'pages',
  routes: [
    defineRoute({
      ...common,
      method: 'GET',
      path: '/page',
      takes: 'query',
      parameters: { load: one('The mark.') },
      run: async (services, { request }) => told(await browserPages(services).load(request)),
    }),
    defineRoute({
      ...common,
      method: 'POST',
      path: '/page/form',
      takes: 'form',
      run: async (services, { request }) => told(await browserPages(services).form(request)),
    }),
  ],
};

function told(
  said: (Loaded | Nobody | BrowserSession) & { readonly headers?: HttpResponse['headers'] },
): HttpResponse {
  const { headers = [], ...rest } = said;
  return {
    status: 200,
    headers: [['content-type', 'application/json'], ...headers],
    body: JSON.stringify(rest),
  };
}

/** A handler with a module of pages, over a memory store; it ends with the test. */
export async function openPageSite<M extends Mode = 'tokens'>(
  carrier: Carrier,
  options: Partial<AuthorityOptions<M>> = {},
): Promise<PageSite<M>> {
  const store = options.store ?? createMemoryStore();
  let events: PawlEvent[] = [];
  let isDown = false;
  const failing = interceptStore(store, (method, perform) =>
    isDown && method.startsWith('sessions.')
      ? Promise.reject(new PawlError('store_unavailable', 'down'))
      : perform(),
  );
  const onEvent = (event: PawlEvent): void => {
    if (!event.type.startsWith('key.')) events.push(event);
  };
  const harness = await startHarness<M>(
    carrier,
    { ...options, store: failing, onEvent },
    { modules: [pages] },
  );
  onTestFinished(() => harness.close());

  async function send(path: string, init: RequestInit): Promise<PageAnswer> {
    const response = await harness.send(path, init);
    const text = await response.text();
    return {
      status: response.status,
      said: text !== '' && response.ok ? (JSON.parse(text) as Said) : null,
      setCookies: response.headers.getSetCookie(),
    };
  }

  return {
    harness,
    takeEvents() {
      const taken = events;
      events = [];
      return taken;
    },
    async record(sessionId) {
      const session = await store.sessions.find(sessionId);
      if (session === null) throw new Error('no such session');
      return session;
    },
    setStoreDown: (down) => {
      isDown = down;
    },
    load: (cookie, headers = {}, query = '') => send(`/page${query}`, { headers: { cookie, ...headers } }),
    send,
    form: (cookie, headers = {}) =>
      send('/page/form', { method: 'POST', headers: { cookie, ...headers }, body: new URLSearchParams() }),
  };
}

/** A session by cookie of `ada`, its tokens, and the header `Cookie` of a browser with nothing but a refresh token. */
export async function loggedIn(
  { harness: { authority, names } }: PageSite<'tokens'>,
  request: Partial<LoginRequest> = {},
): Promise<{ readonly tokens: Tokens; readonly cookieOf: (token: string) => string }> {
  const result = await authority.login({ subject: 'ada', transport: 'cookie', ...request });
  if (!result.granted) throw new Error('login refused');
  return { tokens: result.tokens, cookieOf: (token) => `${names.refresh}=${token}` };
}

/** Refreshes by cookie; the refresh token after it. */
export async function refreshed(
  { harness: { authority } }: PageSite<'tokens'>,
  refreshToken: string,
): Promise<string> {
  const result = await authority.refresh({ refreshToken, transport: 'cookie' });
  if (!result.granted) throw new Error(`refresh refused: ${result.outcome}`);
  return result.tokens.refreshToken;
}
