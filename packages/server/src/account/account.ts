import type { IncomingMessage, ServerResponse } from 'node:http';
import { isPawlError } from 'pawl/errors';
import { file, type PageAnswer, redirect } from './answer.js';
import { readForm } from './form.js';
import {
  devicesPage,
  endOne,
  endOthers,
  logIn,
  logOut,
  missingPage,
  type PageRequest,
  type PagesContext,
  sessionPage,
  troublePage,
} from './pages.js';
import { icon, style, stylePath } from './style.js';

/** The pages of the account, for a Node server. */
export interface Account {
  /** Whether a path, without its query, is answered here. */
  owns(path: string): boolean;
  /** Never rejects. */
  node(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export interface AccountOptions extends Omit<PagesContext, 'base'> {
  readonly onError: (error: unknown) => void;
}

type Page = (context: PagesContext, request: PageRequest) => PageAnswer | Promise<PageAnswer>;

/** Each by its method and its path below `/account`. */
const pages: Readonly<Record<string, Page>> = {
  'GET ': devicesPage,
  'GET /': ({ base }) => redirect(base, null),
  'POST /login': logIn,
  // Where a reload of a refused login leads.
  'GET /login': ({ base }) => redirect(base, null),
  'POST /logout': logOut,
  'POST /end': endOne,
  'POST /end-others': endOthers,
  [`GET ${stylePath}`]: () => file('text/css; charset=utf-8', style),
  'GET /icon.svg': () => file('image/svg+xml', icon),
};

/** Pages for people: log in, see and end sessions. Mounted below the issuer's path. */
export function createAccount(options: AccountOptions): Account {
  const root = new URL(options.authority.issuer).pathname.replace(/\/$/, '');
  const context: PagesContext = { ...options, base: `${root}/account` };
  const { base } = context;

  async function answer(request: PageRequest): Promise<PageAnswer> {
    if (request.path === root || request.path === `${root}/`) return redirect(base, null);
    const below = request.path.slice(base.length);
    const found = pages[`${request.method} ${below}`];
    if (found !== undefined) return found(context, request);
    const sessionId = /^\/sessions\/(?<id>[A-Za-z0-9_-]{1,100})$/.exec(below)?.groups?.['id'];
    if (sessionId !== undefined && request.method === 'GET') return sessionPage(context, request, sessionId);
    return missingPage(context, null);
  }

  return {
    owns: (path) =>
      path === base || path.startsWith(`${base}/`) || path === `${root}/` || (root !== '' && path === root),
    async node(request, response) {
      try {
        const form = request.method === 'POST' ? await readForm(request) : new URLSearchParams();
        write(request, response, form === null ? tooLarge : await answer(requestOf(request, form)));
      } catch (error) {
        options.onError(error);
        const retryAfterSeconds = isPawlError(error, 'store_unavailable') ? error.retryAfterSeconds : 1;
        write(
          request,
          response,
          await troublePage(context, { kind: 'unavailable', retryAfterSeconds }, null),
        );
      }
    },
  };
}

const tooLarge: PageAnswer = { status: 413, headers: [], body: '' };

function requestOf(request: IncomingMessage, form: URLSearchParams): PageRequest {
  const { url = '/', method = 'GET' } = request;
  const [path = '/', query = ''] = splitOnce(url, '?');
  return {
    method: method === 'HEAD' ? 'GET' : method,
    path,
    query: new URLSearchParams(query),
    form,
    address: request.socket.remoteAddress ?? null,
    header(name) {
      const value = request.headers[name];
      return value === undefined ? null : typeof value === 'string' ? value : value.join(', ');
    },
  };
}

function splitOnce(text: string, mark: string): string[] {
  const at = text.indexOf(mark);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function write(request: IncomingMessage, response: ServerResponse, answer: PageAnswer): void {
  const flat = answer.headers.flat();
  // A body that was not read to its end would be taken for the next request on this connection.
  if (!request.complete) flat.push('connection', 'close');
  flat.push('content-length', String(Buffer.byteLength(answer.body)));
  response.writeHead(answer.status, flat).end(request.method === 'HEAD' ? '' : answer.body);
}
