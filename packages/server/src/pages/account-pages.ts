import type { AnyAuthority, Clock } from 'pawl';
import { browserPages, type BrowserSession, type HttpRequest, type Nobody, type Services } from 'pawl/http';
import { isPawlError, PawlError } from 'pawl/errors';
import type { EventLog } from 'pawl/stores';
import { page, type PageAnswer, redirect } from './answer.js';
import { deviceOf } from './device-name.js';
import { readPlaces } from './places.js';
import { readTimeline } from './timeline.js';
import { DevicesPage } from './views/devices-page.js';
import { LoadAgainPage } from './views/load-again-page.js';
import { LoginPage } from './views/login-page.js';
import { MessagePage } from './views/message-page.js';
import { SessionPage } from './views/session-page.js';

/** What the pages are made with. */
export interface AccountOptions {
  readonly authority: Pick<
    AnyAuthority,
    'issuer' | 'listSessions' | 'findSession' | 'revokeSession' | 'revokeOthers'
  >;
  readonly events: EventLog;
  /** What a user is called by; null when there is no such user. */
  readonly nameOf: (subject: string) => Promise<string | null>;
  /** Resolves when what happened so far is in the log. */
  readonly whenLogged: () => Promise<void>;
  readonly clock: Clock;
}

/** What the pages work with. */
export interface PagesContext extends AccountOptions {
  /** Path of the pages. */
  readonly base: string;
}

const notices: ReadonlyMap<string, string> = new Map([
  ['ended', 'That device was logged out.'],
  ['others', 'Every other device was logged out.'],
]);

/** `GET /account`: the devices of whoever is logged in, or the login. */
export async function devicesPage(
  context: PagesContext,
  services: Services,
  request: HttpRequest,
  noticeName: string | null,
): Promise<PageAnswer> {
  const { base, authority, events, whenLogged, clock } = context;
  return await loadedBy(context, services, request, async (caller) => {
    const sessions = await authority.listSessions(caller.subject);
    await whenLogged();
    const places = await readPlaces(events, sessions);
    const notice = notices.get(noticeName ?? '') ?? null;
    const name = await nameOfUser(context, caller);
    return page(200, DevicesPage({ base, caller, name, sessions, places, notice, now: clock.now() }));
  });
}

/** `GET /account/sessions/{id}`: one session of the caller and what happened to it. */
export async function sessionPage(
  context: PagesContext,
  services: Services,
  request: HttpRequest,
  sessionId: string,
): Promise<PageAnswer> {
  const { base, authority, events, whenLogged, clock } = context;
  return await loadedBy(context, services, request, async (caller) => {
    const session = await authority.findSession(sessionId);
    if (session?.subject !== caller.subject) return missingPage(context);
    await whenLogged();
    const [timeline, places] = [await readTimeline(events, session), await readPlaces(events, [session])];
    const name = await nameOfUser(context, caller);
    const props = { base, caller, name, session, timeline, now: clock.now() };
    const place = places.get(session.id) ?? null;
    return page(200, SessionPage({ ...props, isAlive: session.alive, place }));
  });
}

async function nameOfUser({ nameOf }: PagesContext, { subject }: BrowserSession): Promise<string> {
  return (await nameOf(subject)) ?? subject;
}

interface TypedLogin {
  readonly username: string;
  readonly password: string;
  readonly remember: boolean;
}

/** `POST /account/login` */
export async function logIn(
  { base }: PagesContext,
  services: Services,
  request: HttpRequest,
  { username, password, remember }: TypedLogin,
): Promise<PageAnswer> {
  const refused = (
    status: number,
    problem: string,
    headers: PageAnswer['headers'] = [],
  ): Promise<PageAnswer> => page(status, LoginPage({ base, username, remember, problem }), headers);
  if (username === '' || password === '') return refused(400, 'Enter your username and your password.');
  const device = deviceOf(request.header('user-agent'));
  try {
    const members = { username, password };
    const form = { username, password, state: null, members, device, remember };
    const login = await browserPages(services).logIn(request, form);
    // The accounts of this server have no second factor.
    if (!login.granted) throw new PawlError('factor_required', 'the form of a login knows no factors');
    return redirect(base, login.headers);
  } catch (error) {
    if (isPawlError(error, 'invalid_credentials')) {
      return refused(401, 'The username or the password is wrong.');
    }
    if (!isPawlError(error, 'too_many_attempts')) throw error;
    const wait = String(Math.ceil(error.retryAfterSeconds));
    const seconds = wait === '1' ? 'second' : 'seconds';
    return refused(429, `Too many attempts. Try again in ${wait} ${seconds}.`, [['retry-after', wait]]);
  }
}

/** `POST /account/logout`: whoever has no session any more is logged out too. */
export async function logOut(
  { base }: PagesContext,
  services: Services,
  request: HttpRequest,
): Promise<PageAnswer> {
  return redirect(base, await browserPages(services).logOut(request));
}

/** `POST /account/continue`: refreshes the session, for a browser whose page did not load itself again. */
export async function continueHere(
  context: PagesContext,
  services: Services,
  request: HttpRequest,
): Promise<PageAnswer> {
  return await sentBy(context, services, request, async () => redirect(context.base));
}

/** `POST /account/end`: ends one session. One that has ended by now is ended. */
export async function endOne(
  context: PagesContext,
  services: Services,
  request: HttpRequest,
  sessionId: string,
): Promise<PageAnswer> {
  const { authority, base } = context;
  return await sentBy(context, services, request, async ({ subject }) => {
    const found = await authority.findSession(sessionId);
    if (found?.subject !== subject) return missingPage(context);
    await authority.revokeSession(sessionId);
    return redirect(`${base}?notice=ended`);
  });
}

/** `POST /account/end-others` */
export async function endOthers(
  context: PagesContext,
  services: Services,
  request: HttpRequest,
): Promise<PageAnswer> {
  return await sentBy(context, services, request, async ({ subject, sessionId }) => {
    await context.authority.revokeOthers(subject, sessionId);
    return redirect(`${context.base}?notice=others`);
  });
}

/** Runs `work` for whoever loads a page; others get the login. */
async function loadedBy(
  context: PagesContext,
  services: Services,
  request: HttpRequest,
  work: (caller: BrowserSession) => Promise<PageAnswer>,
): Promise<PageAnswer> {
  const loaded = await browserPages(services).load(request);
  switch (loaded.kind) {
    case 'session':
      return work(loaded);
    case 'refreshed':
      return redirect(loaded.address, loaded.headers);
    case 'load-again':
      return page(200, LoadAgainPage({ base: context.base, address: loaded.address }));
    case 'nobody':
      return loginPage(context, 200, loaded);
  }
}

/** Runs `work` for whoever sends a form; others get the login. */
async function sentBy(
  context: PagesContext,
  services: Services,
  request: HttpRequest,
  work: (caller: BrowserSession) => Promise<PageAnswer>,
): Promise<PageAnswer> {
  const sender = await browserPages(services).form(request);
  if (sender.kind === 'nobody') return loginPage(context, 401, sender);
  const answer = await work(sender);
  return { ...answer, headers: [...answer.headers, ...sender.headers] };
}

const problems: Readonly<Record<Nobody['why'], string | null>> = {
  'no-session': null,
  ended: 'Your session has ended. Log in again.',
  bound: 'This browser is logged in by an application that holds the key. Open it first, or log in here.',
};

function loginPage({ base }: PagesContext, status: number, { why, headers }: Nobody): Promise<PageAnswer> {
  return page(status, LoginPage({ base, username: '', remember: true, problem: problems[why] }), headers);
}

function missingPage({ base }: PagesContext): Promise<PageAnswer> {
  const text = 'It does not exist, or it is not yours.';
  return page(404, MessagePage({ base, title: 'Not found', text }));
}

/** What the pages say of an error. */
export async function errorPage(context: PagesContext, error: PawlError): Promise<PageAnswer> {
  const { base } = context;
  const { status } = error.entry;
  if (status === 404) return missingPage(context);
  if (error.code === 'cross_site_request') {
    const text =
      'This form was sent from another site, or by a browser that does not say from where. Nothing was changed.';
    return page(403, MessagePage({ base, title: 'Not from here', text }));
  }
  if (status < 500)
    return page(status, MessagePage({ base, title: 'Not understood', text: error.publicText }));
  const text = 'The server cannot answer just now. Nobody was logged out. Try again in a moment.';
  const retryAfterSeconds = String(Math.ceil(error.retryAfterSeconds));
  return page(503, MessagePage({ base, title: 'One moment', text }), [['retry-after', retryAfterSeconds]]);
}
