import { isSameOrigin } from '../request/same-origin.js';
import { actingForPage } from './acting-client.js';
import { refuseWhilePending } from './bound-browser.js';
import { type HttpRequest, type HttpResponse, whereFrom } from './exchange.js';
import { requireSameOrigin } from './require-same-origin.js';
import type { RefreshCookie } from './session-cookies.js';
import type { Services } from './services.js';

type Headers = HttpResponse['headers'];

/** The session that a browser has. */
export interface BrowserSession {
  readonly kind: 'session';
  readonly subject: string;
  readonly sessionId: string;
}

/**
 * Nobody is known. `no-session`: the browser says nothing of one. `ended`: it had one. `bound`: it has one whose key a program of its owner holds,
 * which has to refresh it.
 */
export interface Nobody {
  readonly kind: 'nobody';
  readonly why: 'no-session' | 'ended' | 'bound';
  readonly headers: Headers;
}

/** Whose browser loads a page. */
export type Loaded =
  | BrowserSession
  | Nobody
  /** Nothing can be said before a page of the own has made the browser load this address: the same one, with a mark. */
  | { readonly kind: 'load-again'; readonly address: string }
  /** The browser was refreshed. To be answered with these headers and a redirect to the address, which is without the mark. */
  | { readonly kind: 'refreshed'; readonly address: string; readonly headers: Headers };

/** The name of the parameter that the mark of an own load stands in. */
const markName = 'load';

/** A session that was not refreshed for this long is, before its owner sees a page: somebody with a copy would otherwise stay unseen. */
const staleSeconds = 3600;

/**
 * Says whose browser loads a page. Another site can cause this request, and can stop it: so the session is recognised, and redeemed only where the
 * own page has made the browser load the address again. Nothing that another site causes sets or takes away a cookie.
 *
 * @throws PawlError `browser_refresh_pending`, `store_unavailable`, `claims_unavailable`
 */
export async function recogniseLoad(services: Services, request: HttpRequest): Promise<Loaded> {
  const current = await currentSession(services, request);
  if (current !== null) return current;
  const cookie = refreshCookieOf(services, request);
  if (cookie === null) return recogniseWithoutToken(services, request);
  const { authority } = services;
  const asked = await authority.recognise({ refreshToken: cookie.token, ...whereFrom(request) });
  if (asked.recognised) {
    const { id: sessionId, subject, lastRefreshedAt, createdAt } = asked.session;
    // It may open its own pages, and none of these.
    if (!(await services.clients.isFirstParty(asked.session.clientId))) return nobody('no-session');
    const isFresh = authority.now() - (lastRefreshedAt ?? createdAt) < staleSeconds;
    if (isFresh || !isDocument(request)) return { kind: 'session', subject, sessionId };
  } else if (asked.reason !== 'unproven') {
    return nobody(asked.reason === 'bound' ? 'bound' : 'ended');
  }
  return redeemLoad(services, request, cookie);
}

/**
 * Says whose browser sends a form of an own page, and redeems the refresh token where the access token is over.
 *
 * @throws PawlError `cross_site_request`, `browser_refresh_pending`, `store_unavailable`, `claims_unavailable`
 */
export async function recogniseForm(
  services: Services,
  request: HttpRequest,
): Promise<(BrowserSession & { readonly headers: Headers }) | Nobody> {
  requireSameOrigin(request, services.origin);
  const current = await currentSession(services, request);
  if (current !== null) return { ...current, headers: [] };
  const cookie = refreshCookieOf(services, request);
  if (cookie === null) {
    await refuseWhilePending(services, request);
    return nobody(services.cookies.caller(request) === null ? 'no-session' : 'ended');
  }
  const asked = await services.authority.recognise({ refreshToken: cookie.token, ...whereFrom(request) });
  // A refresh without the key would be told as the attempt of a thief.
  if (!asked.recognised && asked.reason === 'bound') return nobody('bound');
  return redeem(services, request, cookie);
}

/** The refresh token of a browser. One from before session tokens were handed out says nothing: nobody could refresh it. */
function refreshCookieOf({ authority, cookies }: Services, request: HttpRequest): RefreshCookie | null {
  return authority.mode === 'session' ? null : cookies.refresh(request);
}

/** The session of a good access token or session token. */
async function currentSession(services: Services, request: HttpRequest): Promise<BrowserSession | null> {
  const token = services.cookies.caller(request);
  if (token === null) return null;
  const verification = await services.authority.verify(token);
  if (!verification.valid) return null;
  const { sub: subject, sid: sessionId, client_id: clientId } = verification.claims;
  if (!(await services.clients.isFirstParty(clientId))) return null;
  return { kind: 'session', subject, sessionId };
}

async function recogniseWithoutToken(services: Services, request: HttpRequest): Promise<Loaded> {
  const { cookies } = services;
  await refuseWhilePending(services, request);
  // From another site a browser sends nothing of a session that belongs to its key. At the own load it refreshes before.
  const mayBeBound = cookies.isBound(request) && !isSameOrigin(request, services.origin);
  if (mayBeBound && isDocument(request) && !isMarked(services, request)) return loadAgain(services, request);
  return nobody(cookies.caller(request) === null ? 'no-session' : 'ended');
}

async function redeemLoad(services: Services, request: HttpRequest, cookie: RefreshCookie): Promise<Loaded> {
  if (!isDocument(request)) return nobody('no-session');
  if (!isMarked(services, request)) return loadAgain(services, request);
  if (!isSameOrigin(request, services.origin)) return nobody('no-session');
  const redeemed = await redeem(services, request, cookie);
  if (redeemed.kind === 'nobody') return redeemed;
  return { kind: 'refreshed', address: addressOf(request, null), headers: redeemed.headers };
}

async function redeem(
  services: Services,
  request: HttpRequest,
  { token, isRemembered }: RefreshCookie,
): Promise<(BrowserSession & { readonly headers: Headers }) | Nobody> {
  const { authority, cookies } = services;
  const result = await authority.refresh({
    refreshToken: token,
    transport: 'cookie',
    ...actingForPage(services),
    ...whereFrom(request),
  });
  if (!result.granted) return nobody('ended', result.sessionOver ? cookies.cleared : []);
  const { outcome, tokens, stretched } = result;
  const headers = cookies.ofOutcome(outcome, tokens, isRemembered, stretched);
  return { kind: 'session', subject: tokens.subject, sessionId: tokens.sessionId, headers };
}

function nobody(why: Nobody['why'], headers: Headers = []): Nobody {
  return { kind: 'nobody', why, headers };
}

/** Whether the browser loads a page to show it. An image, a frame, a prefetch and HEAD show nothing, and never redeem. */
function isDocument(request: HttpRequest): boolean {
  const isGet = request.method === 'GET';
  const isPrefetch = request.header('sec-purpose') !== null || request.header('purpose') !== null;
  return isGet && !isPrefetch && (request.header('sec-fetch-dest') ?? 'document') === 'document';
}

function isMarked({ authority }: Services, request: HttpRequest): boolean {
  const mark = new URLSearchParams(request.query).get(markName);
  return mark !== null && authority.isLoadMark(mark);
}

function loadAgain({ authority }: Services, request: HttpRequest): Loaded {
  return { kind: 'load-again', address: addressOf(request, authority.loadMark()) };
}

/** The address of a request, with this mark or without one. */
function addressOf({ path, query }: HttpRequest, mark: string | null): string {
  const parameters = new URLSearchParams(query);
  parameters.delete(markName);
  if (mark !== null) parameters.set(markName, mark);
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}
