/** The application on Pawl's sessions, which takes over who is still logged in with express-session. */
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import { type Authority, createAuthority, isPawlError, parseMasterKey } from 'pawl';
import { createHandler, type Handler } from 'pawl/http';
import { openRedisStore } from 'pawl/stores/redis';
import type { VerifiedSession } from 'pawl/verifier';
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
  // When the last old session has expired, this line goes, and takeOver with it.
  app.use(oldSessions(redis, oldSecret));
  app.use(recognise(authority, auth));
  app.get('/', (_request, response) => {
    const visitor = response.locals['visitor'] as Visitor | null;
    if (visitor === null) response.status(401).end();
    else response.json(visitor);
  });
  return {
    app,
    async close() {
      await authority.close();
      await store.close();
    },
  };
}

interface Visitor {
  readonly user: string;
  readonly cart: unknown;
}

/** Says who makes a request: by Pawl's cookie, or by that of express-session, whose session is taken over. */
function recognise(authority: Authority<'session'>, auth: Handler): RequestHandler {
  return async (request, response, next) => {
    const admitted = await auth.verify(request);
    response.locals['visitor'] = admitted.ok
      ? await visitorOf(authority, admitted.session)
      : await takeOver(authority, auth, request, response);
    next();
  };
}

async function visitorOf(
  authority: Authority<'session'>,
  { subject, sessionId }: VerifiedSession,
): Promise<Visitor> {
  const kept = await authority.readData(sessionId);
  return { user: subject, cart: kept?.data['cart'] ?? [] };
}

/** Starts a session of Pawl for who has only one of express-session, and moves the data along. */
async function takeOver(
  authority: Authority<'session'>,
  auth: Handler,
  request: Request,
  response: Response,
): Promise<Visitor | null> {
  const { user, cart = [] } = request.session;
  if (user === undefined) return null;
  // Read before: whoever revokes the user now also ends the session that begins here.
  const epoch = await authority.epochOf(user);
  try {
    const { sessionId, headers } = await auth.signIn(request, {
      subject: user,
      device: 'moved from express-session',
      transport: 'cookie',
      epoch,
    });
    await authority.writeData(sessionId, { cart }, 0);
    // express-session writes its own expiry at the end of the request.
    request.session.cookie.maxAge = graceMilliseconds;
    response.clearCookie('connect.sid');
    for (const [name, value] of headers) response.append(name, value);
  } catch (error) {
    if (isPawlError(error, 'invalid_credentials')) return null;
    // Another site has led the browser here. The old session still answers, and is taken over by the next request of our own pages.
    if (!isPawlError(error, 'cross_site_request')) throw error;
  }
  return { user, cart };
}
