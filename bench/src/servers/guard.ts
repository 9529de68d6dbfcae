/** A server that answers `ok` to whoever may ask. The variant says who looks at that. */
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { createVerifier as createFastJwtVerifier } from 'fast-jwt';
import { Redis } from 'ioredis';
import { createPublicKey, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuthority, parseMasterKey } from 'pawl';
import { createHandler } from 'pawl/http';
import { followStore } from 'pawl/revocations';
import type { Store } from 'pawl/stores';
import { createMemoryStore } from 'pawl/stores/memory';
import { openRedisStore } from 'pawl/stores/redis';
import { createVerifier } from 'pawl/verifier';
import { createClient } from 'redis';
import { required } from '../required.js';
import type { Start } from './messages.js';
import { obeyParent, ownUsage } from './orders.js';
import { openConnections } from './open-connections.js';

interface Prepared {
  readonly listener: RequestListener;
  /** One header line of each caller. */
  readonly headers: readonly string[];
  readonly close: () => Promise<void>;
}

/** Answers one request, and may take its time. */
type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const audience = 'https://api.example.test';
const masterKey = parseMasterKey('00'.repeat(32));

const variants: Readonly<Record<string, (order: Start) => Promise<Prepared>>> = {
  // The same requests: reading a token of this length off the socket is no authentication.
  async open(order) {
    const { headers, close } = await openIssuer(order);
    return { listener: (_, response) => ok(response), headers, close };
  },
  verifier: guardedByVerifier,
  'fast-jwt': guardedByFastJwt,
  session: (order) => guardedBySessions(order, (store) => store),
  // As when the connection for the feed is cut: nothing is ever heard of it.
  'session-without-feed': (order) =>
    guardedBySessions(order, (store) => ({
      ...store,
      revocations: { ...store.revocations, read: () => new Promise(() => undefined) },
    })),
  'express-session': guardedByExpressSession,
  'redis-get': guardedByOneGet,
};

function callers({ sessions }: Start): string[] {
  return Array.from({ length: sessions }, (_, index) => `user-${index}`);
}

function ok(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '2' }).end('ok');
}

function no(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': '0' }).end();
}

function listenerOf(answer: Answer): RequestListener {
  return (request, response) => void answer(request, response);
}

function bearerOf(header: string | undefined): string {
  return header?.slice('Bearer '.length) ?? '';
}

async function listening(
  listener: RequestListener,
): Promise<{ readonly origin: string; readonly close: () => void }> {
  const server = createServer(openConnections, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** An issuer with a token for each caller. */
async function openIssuer(order: Start) {
  const store = createMemoryStore();
  let answer: RequestListener = (_, response) => no(response, 503);
  const server = await listening((request, response) => answer(request, response));
  const issuer = server.origin;
  const authority = await createAuthority({ issuer, audience, store, masterKey });
  const handler = createHandler({ authority, authenticate: async () => ({ ok: false, reason: 'wrong' }) });
  answer = (request, response) => void handler.node(request, response);
  const headers = await Promise.all(
    callers(order).map(async (subject) => {
      const login = await authority.login({ subject });
      if (!login.granted) throw new Error(`${subject} could not log in`);
      return `authorization: Bearer ${login.tokens.accessToken}`;
    }),
  );
  return {
    ...{ issuer, store, authority, headers },
    close: async () => {
      await authority.close();
      server.close();
    },
  };
}

async function guardedByVerifier(order: Start): Promise<Prepared> {
  const { issuer, store, headers, close } = await openIssuer(order);
  const revocations = followStore(store.revocations, { retentionSeconds: 600 });
  const verifier = createVerifier({ issuer, audience, revocations });
  return {
    ...{ headers, close },
    listener: listenerOf(async (request, response) => {
      const verified = await verifier.verify(request);
      if (verified.ok) ok(response);
      else no(response, verified.status);
    }),
  };
}

async function guardedByFastJwt(order: Start): Promise<Prepared> {
  const { issuer, authority, headers, close } = await openIssuer(order);
  const key = createPublicKey({ key: { ...required(authority.jwks().keys[0]) }, format: 'jwk' });
  const verify = createFastJwtVerifier({
    ...{ key: key.export({ format: 'pem', type: 'spki' }), algorithms: ['ES256'], cache: 10_000 },
    ...{ allowedIss: issuer, allowedAud: audience },
  });
  return {
    ...{ headers, close },
    listener(request, response) {
      try {
        verify(bearerOf(request.headers.authorization));
        ok(response);
      } catch {
        no(response, 401);
      }
    },
  };
}

async function guardedBySessions(order: Start, change: (store: Store) => Store): Promise<Prepared> {
  const client = new Redis(required(order.database));
  const store = change(await openRedisStore({ client }));
  const authority = await createAuthority({
    ...{ issuer: 'https://id.example.test', audience, store, masterKey },
    mode: 'session',
  });
  const headers = await Promise.all(
    callers(order).map(async (subject) => {
      const login = await authority.login({ subject });
      if (!login.granted) throw new Error(`${subject} could not log in`);
      return `authorization: Bearer ${login.tokens.sessionToken}`;
    }),
  );
  return {
    headers,
    listener: listenerOf(async (request, response) => {
      const { valid } = await authority.verify(bearerOf(request.headers.authorization));
      if (valid) ok(response);
      else no(response, 401);
    }),
    async close() {
      await authority.close();
      await store.close();
      client.disconnect();
    },
  };
}

async function guardedByExpressSession(order: Start): Promise<Prepared> {
  const client = await createClient({ socket: required(order.database) }).connect();
  const app = express();
  app.use(
    session({
      ...{ store: new RedisStore({ client }), secret: randomBytes(32).toString('hex') },
      ...{ resave: false, saveUninitialized: false },
    }),
  );
  app.post('/', (request, response) => {
    Object.assign(request.session, { subject: randomBytes(16).toString('hex') });
    response.end();
  });
  app.get('/', (request, response) => {
    if ('subject' in request.session) ok(response);
    else no(response, 401);
  });
  const { origin, close } = await listening(app);
  const headers = await Promise.all(
    callers(order).map(async () => {
      const [cookie] = (await fetch(origin, { method: 'POST' })).headers.getSetCookie();
      return `cookie: ${String(cookie?.split(';', 1)[0])}`;
    }),
  );
  close();
  return {
    ...{ listener: app, headers },
    async close() {
      await client.close();
    },
  };
}

async function guardedByOneGet(order: Start): Promise<Prepared> {
  const client = new Redis(required(order.database));
  const names = callers(order);
  await Promise.all(names.map((name) => client.set(name, 'x'.repeat(300))));
  return {
    headers: names.map((name) => `authorization: Bearer ${name}`),
    listener: listenerOf(async (request, response) => {
      const found = await client.get(bearerOf(request.headers.authorization));
      if (found === null) no(response, 401);
      else ok(response);
    }),
    close: async () => client.disconnect(),
  };
}

obeyParent(
  async (order) => {
    const prepared = await required(variants[order.variant])(order);
    const server = await listening(prepared.listener);
    return {
      ...{ port: Number(new URL(server.origin).port), headers: prepared.headers, usage: ownUsage },
      async stop() {
        server.close();
        await prepared.close();
      },
    };
  },
  ({ port, headers }) => ({ type: 'ready', port, headers }),
);
