/** The application as it was: Express with express-session and connect-redis. */
import { RedisStore } from 'connect-redis';
import express, { type Express, type RequestHandler } from 'express';
import session from 'express-session';
import type { Redis } from './redis.js';

declare module 'express-session' {
  interface SessionData {
    user: string;
    cart: string[];
  }
}

/** Kept while the application moves: the new one reads the old sessions by the same lines. */
export function oldSessions(redis: Redis, secret: string): RequestHandler {
  return session({
    store: new RedisStore({ client: redis }),
    secret,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', maxAge: 14 * 86_400_000 },
  });
}

export function createOldApplication(redis: Redis, secret: string): Express {
  const app = express();
  app.use(express.json(), oldSessions(redis, secret));
  app.post('/login', (request, response) => {
    const { username } = request.body as { username: string };
    request.session.regenerate(() => {
      request.session.user = username;
      request.session.cart = ['a ratchet'];
      response.json({ user: username });
    });
  });
  app.post('/logout', (request, response) => {
    request.session.destroy(() => response.clearCookie('connect.sid').status(204).end());
  });
  app.get('/', (request, response) => {
    const { user, cart } = request.session;
    if (user === undefined) response.status(401).end();
    else response.json({ user, cart });
  });
  return app;
}
