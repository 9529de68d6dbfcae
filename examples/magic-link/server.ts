/** Logins by a link in a mail. There are no passwords; sessions are Pawl's, in cookies. */
import express, { type Express, type Request, type Response } from 'express';
import { createAuthority, isPawlError, parseMasterKey, systemClock } from 'pawl';
import { createHandler, type Handler } from 'pawl/http';
import { openSqliteStore } from 'pawl/stores/sqlite';
import type { Store } from 'pawl/stores';
import { type AttemptCounter, createAttemptCounter, normaliseIdentifier } from 'pawl-server/accounts';
import { readLink, writeLink } from './link.js';

const linkSeconds = 600;

export interface Options {
  /** Where browsers reach this server. */
  readonly origin: string;
  /** The database file. */
  readonly path: string;
  /** 32 bytes in hexadecimal. */
  readonly masterKey: string;
  /** 32 random bytes that sign links. */
  readonly linkSecret: Buffer;
  /** Your user table: the id of whoever has the address, or null. */
  readonly findUser: (email: string) => Promise<string | null>;
  /** Your mail service. */
  readonly deliver: (email: string, link: string) => Promise<void>;
}

export interface Application {
  readonly app: Express;
  close(): Promise<void>;
}

interface Parts extends Options {
  readonly store: Store;
  readonly auth: Handler;
  /** Mails to one address, and mails for one caller: three are free, then each one waits longer. */
  readonly sent: AttemptCounter;
}

export async function createApplication(options: Options): Promise<Application> {
  const store = await openSqliteStore({ path: options.path });
  const authority = await createAuthority({
    issuer: `${options.origin}/auth`,
    store,
    masterKey: parseMasterKey(options.masterKey),
  });
  // `POST /auth/login` has nobody to let in here: every login goes through `signIn`.
  const auth = createHandler({ authority, authenticate: async () => ({ ok: false, reason: 'wrong' }) });
  const sent = createAttemptCounter({
    free: 3,
    firstDelaySeconds: 60,
    maxDelaySeconds: 3600,
    forgetSeconds: 600,
  });
  const parts: Parts = { ...options, store, auth, sent };
  const app = express();
  app.use('/auth', (request, response) => auth.node(request, response));
  app.post('/links', express.json({ limit: '1kb' }), (request, response) =>
    sendLink(parts, request, response),
  );
  app.get('/links/:token', (request, response) => showLink(parts, request, response));
  app.post('/links/:token', (request, response) => followLink(parts, request, response));
  app.get('/', async (request, response) => {
    const admitted = await auth.verify(request);
    if (admitted.ok) response.json({ user: admitted.session.subject });
    else response.status(admitted.status).end();
  });
  return {
    app,
    async close() {
      await authority.close();
      await store.close();
    },
  };
}

/** Sends a link to whoever has an account. The answer is the same when there is none. */
async function sendLink(parts: Parts, request: Request, response: Response): Promise<void> {
  const { email: typed } = request.body as { readonly email?: unknown };
  const email = typeof typed === 'string' ? normaliseIdentifier(typed) : null;
  if (email === null || !email.includes('@')) {
    response.status(400).json({ error: 'The body must be {"email"} with the address of a mailbox.' });
    return;
  }
  const now = systemClock.now();
  const keys = [`to ${email}`, `for ${request.socket.remoteAddress ?? 'unknown'}`];
  const delay = Math.max(...keys.map((key) => parts.sent.delaySeconds(key, now)));
  if (delay > 0) {
    response
      .status(429)
      .set('retry-after', String(Math.ceil(delay)))
      .end();
    return;
  }
  for (const key of keys) parts.sent.add(key, now);
  const user = await parts.findUser(email);
  const token = writeLink(parts.linkSecret, email, now + linkSeconds);
  // Not waited for: how long it takes would tell who has an account.
  if (user !== null) void parts.deliver(email, `${parts.origin}/links/${token}`);
  response.status(202).end();
}

/** The page of a link only asks: programs that look at mails open every link. */
function showLink({ linkSecret }: Parts, request: Request<{ token: string }>, response: Response): void {
  const link = readLink(linkSecret, request.params.token, systemClock.now());
  response.set({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  if (link === null) response.status(410).send('<p>This link is over. Ask for a new one.</p>');
  else response.send('<form method="post"><button>Log in</button></form>');
}

/** The form of that page comes from the own origin, which `signIn` makes sure of before it sets a cookie. */
async function followLink(
  parts: Parts,
  request: Request<{ token: string }>,
  response: Response,
): Promise<void> {
  const { store, auth, linkSecret, findUser } = parts;
  const now = systemClock.now();
  const link = readLink(linkSecret, request.params.token, now);
  const user = link === null ? null : await findUser(link.email);
  if (link === null || user === null) {
    response.status(410).send('<p>This link is over. Ask for a new one.</p>');
    return;
  }
  const key = `link:${link.id}`;
  if (!(await store.ephemera.put(key, 'used', link.expiresAt, now))) {
    response.status(410).send('<p>This link was used. Ask for a new one.</p>');
    return;
  }
  try {
    const { headers } = await auth.signIn(request, { subject: user, amr: ['otp'], transport: 'cookie' });
    for (const [name, value] of headers) response.append(name, value);
    response.redirect(303, '/');
  } catch (error) {
    // Another site sent the form, or the store is down: the link is as good as before.
    await store.ephemera.take(key, now);
    if (!isPawlError(error)) throw error;
    response.status(error.entry.status).send(`<p>${error.publicText}</p>`);
  }
}
