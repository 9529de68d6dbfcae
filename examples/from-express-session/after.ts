/** The application on Pawl's sessions, which takes over who is still logged in with express-session. */
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import { type Authority, createAuthority, parseMasterKey } from 'pawl';
import { cookieNamesOf, createHandler } from 'pawl/http';
import { openRedisStore } from 'pawl/stores/redis';
import { oldSessions } from './before.js';
import type { Redis } from './redis.js';

/** A second tab may send the old cookie while the first one is taken over, so the old session stays for a moment. */
const graceMilliseconds = 60_000;

export interface NewApplication {
  readonly app: Express;
  close(): Promise<void>;
}

export interface NewApplicationOptions {
  readonly redis: Redis;
  /** The secret that express-session signed its cookies with. */
  readonly oldSecret: string;
  readonly masterKey: string;
  /** Where browsers reach this server. */
  readonly origin: string;
}

export async function createNewApplication(options: NewApplicationOptions): Promise<NewApplication> {
  const { redis, oldSecret, masterKey, origin } = options;
  const store = await openRedisStore({ client: redis });
  const authority = await createAuthority({
    mode: 'session',
    issuer: `${origin}/auth`,
    store,
    masterKey: parseMasterKey(masterKey),
  });
  const auth = createHandler({
    authority,
    // Your own user table goes here.
    authenticate: ({ username, password }) =>
      Promise.resolve(
        password.reveal() === 'engine-1843'
          ? { ok: true, subject: username, amr: ['pwd'] }
          : { ok: false, reason: 'wrong' },
      ),
  });
  const app = express();
  app.use('/auth', (request, response) => auth.node(request, response));
  // Both lines go when the last old session has expired.
  app.use(oldSessions(redis, oldSecret));
  app.use(takeOver(authority));
  app.get('/', (request, response) => answer(authority, request, response));
  return {
    app,
    async close() {
      await authority.close();
      await store.close();
    },
  };
}

/** Starts a session of Pawl for who has only one of express-session, and moves the data along. */
function takeOver(authority: Authority<'session'>): RequestHandler {
  return async (request, response, next) => {
    const { user, cart = [] } = request.session;
    if (user === undefined || readCookie(request, cookieNamesOf(authority.issuer).session) !== null) {
      next();
      return;
    }
    // Read before: whoever revokes the user now also ends the session that begins here.
    const epoch = await authority.epochOf(user);
    const login = await authority.login({
      subject: user,
      amr: [],
      device: 'moved from express-session',
      epoch,
    });
    if (!login.granted) {
      next();
      return;
    }
    const { sessionToken, expiresInSeconds, sessionId } = login.tokens;
    await authority.writeData(sessionId, { cart }, 0);
    // express-session writes its own expiry at the end of the request.
    request.session.cookie.maxAge = graceMilliseconds;
    response.clearCookie('connect.sid');
    response.cookie(cookieNamesOf(authority.issuer).session, sessionToken, {
      maxAge: expiresInSeconds * 1000,
      path: '/',
      secure: true,
      httpOnly: true,
      sameSite: 'lax',
    });
    response.locals['sessionToken'] = sessionToken;
    next();
  };
}

async function answer(authority: Authority<'session'>, request: Request, response: Response): Promise<void> {
  const token =
    (response.locals['sessionToken'] as string | undefined) ??
    readCookie(request, cookieNamesOf(authority.issuer).session);
  const verification = token === null ? null : await authority.verify(token);
  if (verification?.valid !== true) {
    response.status(401).end();
    return;
  }
  const { sub, sid } = verification.claims;
  const kept = await authority.readData(sid);
  response.json({ user: sub, cart: kept?.data['cart'] ?? [] });
}

function readCookie(request: Request, name: string): string | null {
  return new RegExp(`(?:^|; )${name}=([^;]*)`).exec(request.headers.cookie ?? '')?.[1] ?? null;
}
