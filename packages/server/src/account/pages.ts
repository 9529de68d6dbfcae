import type { AnyAuthority, Clock } from 'pawl';
import type { Handler } from 'pawl/http';
import type { EventLog } from 'pawl/stores';
import { page, type PageAnswer, redirect } from './answer.js';
import { type BrowserCalls, type BrowserRequest, createBrowserCalls } from './browser-call.js';
import { type Caller, resolveCaller, type Trouble, troubleOf } from './caller.js';
import { deviceOf } from './device-name.js';
import { readPlaces } from './places.js';
import { readTimeline } from './timeline.js';
import { DevicesPage } from './views/devices-page.js';
import { LoginPage } from './views/login-page.js';
import { MessagePage } from './views/message-page.js';
import { SessionPage } from './views/session-page.js';

/** What the pages work with. */
export interface PagesContext {
  readonly authority: Pick<AnyAuthority, 'issuer' | 'listSessions' | 'findSession'>;
  readonly fetch: Handler['fetch'];
  readonly events: EventLog;
  /** Resolves when what happened so far is in the log. */
  readonly whenLogged: () => Promise<void>;
  readonly clock: Clock;
  /** Path of the pages. */
  readonly base: string;
}

/** A request for a page, with its form when it is a POST. */
export interface PageRequest extends BrowserRequest {
  readonly form: URLSearchParams;
}

const notices: Readonly<Record<string, string>> = {
  ended: 'That device was logged out.',
  others: 'Every other device was logged out.',
};

/** `GET /account`: the devices of whoever is logged in, or the login. */
export async function devicesPage(context: PagesContext, request: PageRequest): Promise<PageAnswer> {
  const { base, authority, events, whenLogged, clock } = context;
  return await withCaller(context, request, async (caller, calls) => {
    const sessions = await authority.listSessions(caller.subject);
    await whenLogged();
    const places = await readPlaces(events, sessions);
    const notice = notices[request.query.get('notice') ?? ''] ?? null;
    return page(200, DevicesPage({ base, caller, sessions, places, notice, now: clock.now() }), calls);
  });
}

/** `GET /account/sessions/{id}`: one session of the caller and what happened to it. */
export async function sessionPage(
  context: PagesContext,
  request: PageRequest,
  sessionId: string,
): Promise<PageAnswer> {
  const { base, authority, events, whenLogged, clock } = context;
  return await withCaller(context, request, async (caller, calls) => {
    const session = await authority.findSession(sessionId);
    if (session?.subject !== caller.subject) return missingPage(context, calls);
    await whenLogged();
    const [timeline, places] = [await readTimeline(events, session), await readPlaces(events, [session])];
    const props = { base, caller, session, timeline, now: clock.now() };
    const place = places.get(session.id) ?? null;
    return page(200, SessionPage({ ...props, isAlive: session.alive, place }), calls);
  });
}

/** `POST /account/login` */
export async function logIn(context: PagesContext, request: PageRequest): Promise<PageAnswer> {
  const { base } = context;
  const calls = callsOf(context, request);
  const username = request.form.get('username') ?? '';
  const password = request.form.get('password') ?? '';
  const refused = (
    status: number,
    problem: string,
    headers: PageAnswer['headers'] = [],
  ): Promise<PageAnswer> => page(status, LoginPage({ base, username, problem }), calls, headers);
  if (username === '' || password === '') return refused(400, 'Enter your username and your password.');

  const device = deviceOf(request.header('user-agent'));
  const answer = await calls.call({
    method: 'POST',
    path: '/login',
    body: { username, password, transport: 'cookie', ...(device === null ? {} : { device }) },
  });
  if (answer.ok) return redirect(base, calls);
  const trouble = troubleOf(answer);
  if (trouble !== null) return troublePage(context, trouble, calls);
  const wait = answer.headers.get('retry-after') ?? '1';
  return answer.status === 429
    ? refused(429, `Too many attempts. Try again in ${wait} ${wait === '1' ? 'second' : 'seconds'}.`, [
        ['retry-after', wait],
      ])
    : refused(401, 'The username or the password is wrong.');
}

/** `POST /account/logout`: whoever has no session any more is logged out too. */
export async function logOut(context: PagesContext, request: PageRequest): Promise<PageAnswer> {
  const calls = callsOf(context, request);
  const trouble = calls.mentionsSession()
    ? troubleOf(await calls.call({ method: 'POST', path: '/logout' }))
    : null;
  return trouble === null ? redirect(context.base, calls) : troublePage(context, trouble, calls);
}

/** `POST /account/end`: ends one session. One that has ended by now is ended. */
export async function endOne(context: PagesContext, request: PageRequest): Promise<PageAnswer> {
  const id = encodeURIComponent(request.form.get('session') ?? '');
  return end(context, request, `/sessions/${id}`, 'ended');
}

/** `POST /account/end-others` */
export async function endOthers(context: PagesContext, request: PageRequest): Promise<PageAnswer> {
  return end(context, request, '/sessions', 'others');
}

function end(
  context: PagesContext,
  request: PageRequest,
  path: string,
  notice: 'ended' | 'others',
): Promise<PageAnswer> {
  return withCaller(context, request, async (_caller, calls) => {
    const answer = await calls.call({ method: 'DELETE', path });
    const trouble = troubleOf(answer);
    if (trouble !== null) return troublePage(context, trouble, calls);
    if (!answer.ok) return missingPage(context, calls);
    return redirect(`${context.base}?notice=${notice}`, calls);
  });
}

/** The page of a path that is none. */
export function missingPage({ base }: PagesContext, calls: BrowserCalls | null): Promise<PageAnswer> {
  const text = 'It does not exist, or it is not yours.';
  return page(404, MessagePage({ base, title: 'Not found', text }), calls);
}

function callsOf({ fetch, authority }: PagesContext, request: PageRequest): BrowserCalls {
  return createBrowserCalls(fetch, authority.issuer, request);
}

/** Runs `work` for whoever is logged in; others get the login. */
async function withCaller(
  context: PagesContext,
  request: PageRequest,
  work: (caller: Caller, calls: BrowserCalls) => Promise<PageAnswer>,
): Promise<PageAnswer> {
  const calls = callsOf(context, request);
  const isReading = request.method === 'GET';
  const resolution = await resolveCaller(calls, isReading);
  if (resolution.kind === 'caller') return work(resolution.caller, calls);
  if (resolution.kind !== 'nobody') return troublePage(context, resolution, calls);
  const problem = resolution.ended ? 'Your session has ended. Log in again.' : null;
  return page(isReading ? 200 : 401, LoginPage({ base: context.base, username: '', problem }), calls);
}

/** What the pages say when an endpoint, or the store, could not answer. */
export function troublePage(
  { base }: Pick<PagesContext, 'base'>,
  { kind, retryAfterSeconds }: Trouble,
  calls: BrowserCalls | null,
): Promise<PageAnswer> {
  if (kind === 'cross-site') {
    const text =
      'This form was sent from another site, or by a browser that does not say from where. Nothing was changed.';
    return page(403, MessagePage({ base, title: 'Not from here', text }), calls);
  }
  const text = 'The server cannot answer just now. Nobody was logged out. Try again in a moment.';
  return page(503, MessagePage({ base, title: 'One moment', text }), calls, [
    ['retry-after', String(retryAfterSeconds)],
  ]);
}
