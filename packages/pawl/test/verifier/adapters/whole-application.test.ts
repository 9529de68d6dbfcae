import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { describe, expect, test } from 'vitest';
import * as expressGuard from '../../../src/verifier/adapters/express.js';
import * as fastifyGuard from '../../../src/verifier/adapters/fastify.js';
import * as honoGuard from '../../../src/verifier/adapters/hono.js';
import * as koaGuard from '../../../src/verifier/adapters/koa.js';
import * as nodeGuard from '../../../src/verifier/adapters/node.js';
import type { Gate, VerifiedSession } from '../../../src/verifier/index.js';

const session: VerifiedSession = {
  subject: 'ada',
  sessionId: 'a-session',
  clientId: 'first-party',
  scopes: [],
  expiresAt: 1_800_000_000,
  boundKey: null,
  claims: {
    iss: 'https://issuer.example',
    sub: 'ada',
    aud: 'https://api.example',
    client_id: 'first-party',
    exp: 1_800_000_000,
    iat: 1_799_999_700,
    auth_time: 1_799_999_700,
    jti: 'a-token',
    sid: 'a-session',
  },
};

/** Lets pass who says so. */
const gate: Gate = {
  async verify(request) {
    const says = 'rawHeaders' in request ? request.rawHeaders : [request.headers.get('let-me') ?? ''];
    return says.includes('pass')
      ? { ok: true, session }
      : { ok: false, reason: 'asked', status: 401, headers: [['www-authenticate', 'Bearer']], body: '{}' };
  },
};

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

async function call(listener: Listener, headers: Record<string, string>): Promise<readonly [number, string]> {
  const server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${String(port)}/anything`, { headers });
    return [answer.status, await answer.text()];
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Applications that are guarded as a whole, and answer with the subject. */
const applications: Readonly<Record<string, () => Listener | Promise<Listener>>> = {
  Express: () =>
    express()
      .use(expressGuard.requireSession(gate))
      .use((request, response) => response.send(expressGuard.currentSession(request).subject)),
  Fastify: async () => {
    const app = fastify();
    app.addHook('onRequest', fastifyGuard.requireSession(gate));
    app.get('/anything', async (request) => fastifyGuard.currentSession(request).subject);
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  Koa: () => {
    const app = new Koa();
    app.use(koaGuard.requireSession(gate));
    app.use((context) => {
      context.body = koaGuard.currentSession(context).subject;
    });
    return app.callback();
  },
  Hono: () => {
    const app = new Hono();
    app.use(honoGuard.requireSession(gate));
    app.all('*', (context) => context.text(honoGuard.currentSession(context).subject));
    return async ({ url = '/', headers }, response) => {
      const request = new Request(`http://localhost${url}`, {
        headers: { 'let-me': String(headers['let-me']) },
      });
      const answer = await app.fetch(request);
      response.writeHead(answer.status).end(await answer.text());
    };
  },
  'node:http': () => {
    const guard = nodeGuard.requireSession(gate);
    return async (request, response) => {
      const found = await guard(request, response);
      if (found !== null) response.end(found.subject);
    };
  },
};

describe.each(
  Object.entries(applications),
)('an application in %s that is guarded as a whole', (_name, create) => {
  test('answers whom the gate lets pass, and nobody else', async () => {
    const listener = await create();
    expect(await call(listener, { 'let-me': 'pass' })).toEqual([200, 'ada']);
    expect(await call(listener, {})).toEqual([401, '{}']);
  });
});

describe('a guard that is set up wrongly', () => {
  const guards = [expressGuard, fastifyGuard, honoGuard, koaGuard, nodeGuard].map(
    ({ requireSession }) => requireSession,
  );

  test('says so at once', () => {
    for (const requireSession of guards) {
      expect(() => requireSession(gate, { requireScope: 'two  spaces' })).toThrow(/"requireScope"/);
      expect(() => requireSession(JSON.parse('{}') as Gate)).toThrow(/"gate"/);
    }
  });

  test('or stands behind what asks for the session, which is an error and no session', () => {
    const internal = expect.objectContaining({ code: 'internal' }) as Error;
    expect(() => expressGuard.currentSession({})).toThrow(internal);
    // What another library has put there under the same name.
    expect(() => fastifyGuard.currentSession({ auth: { user: 'ada' } })).toThrow(internal);
    expect(() => koaGuard.currentSession({ state: {} })).toThrow(internal);
    expect(() => honoGuard.currentSession({ get: () => undefined })).toThrow(internal);
  });
});
