import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as expressGuard from '../../src/verifier/adapters/express.js';
import * as fastifyGuard from '../../src/verifier/adapters/fastify.js';
import * as honoGuard from '../../src/verifier/adapters/hono.js';
import * as koaGuard from '../../src/verifier/adapters/koa.js';
import * as nodeGuard from '../../src/verifier/adapters/node.js';
import type { Admitted, Denied, Gate, IncomingRequest } from '../../src/verifier/index.js';
import {
  type Line,
  type Listener,
  linesOf,
  type RawAnswer,
  type RawServer,
  startRawServer,
} from './raw-http.js';
import type { Place, World } from './scene.js';

/** Who judges: a verifier, the authority beside the application, or `/verify` for a proxy. */
export type Judge = 'verifier' | 'authority' | 'proxy';

/** A place where requests are let pass or refused. */
export interface GateUnderTest {
  readonly name: string;
  readonly judge: Judge;
  readonly tellsReason: boolean;
  /** Targets that the server or the framework in front answers with 400 by itself. */
  readonly answeredBefore: readonly string[];
  /** Where a request must go to be judged there; null for one that this place does not serve. */
  placeFor(asked: { readonly method: string; readonly target: string | null }): Place | null;
  /** `reason`: null where the answer alone is known, and where the request did not come to the gate. */
  send(
    place: Place,
    asked: string,
    lines: readonly Line[],
  ): Promise<RawAnswer & { readonly reason: string | null }>;
  close(): Promise<void>;
}

/** Keeps what a gate said last. */
class Recorder implements Gate {
  readonly #inner: Gate;
  /** Null: nothing was asked since {@link forget}. */
  #last: Admitted | Denied | null = null;

  constructor(inner: Gate) {
    this.#inner = inner;
  }

  async verify(...asked: Parameters<Gate['verify']>): Promise<Admitted | Denied> {
    this.#last = await this.#inner.verify(...asked);
    return this.#last;
  }

  forget(): void {
    this.#last = null;
  }

  last(): Admitted | Denied | null {
    return this.#last;
  }
}

/** A web-standard request with the lines of the Node request, as servers of web-standard frameworks make one; null for a target that is no address. */
async function webRequestOf(incoming: IncomingMessage): Promise<Request | null> {
  const { method = 'GET', rawHeaders, url = '/' } = incoming;
  const headers = new Headers();
  for (const [name, value] of linesOf(rawHeaders)) headers.append(name, value);
  const address = url.startsWith('/') ? `http://${headers.get('host') ?? ''}${url}` : url;
  if (!URL.canParse(address)) return null;
  const body = await text(incoming);
  return new Request(address, { method, headers, ...(body === '' ? {} : { body }) });
}

/** A listener that is given web-standard requests. */
function webListener(answer: (request: Request) => Promise<Response>): Listener {
  return async (incoming, response) => {
    const request = await webRequestOf(incoming);
    if (request === null) {
      response.writeHead(400).end();
      return;
    }
    const answered = await answer(request);
    for (const [name, value] of answered.headers) response.appendHeader(name, value);
    response.writeHead(answered.status).end(await answered.text());
  };
}

function judgingListener(
  gate: Gate,
  read: (incoming: IncomingMessage) => Promise<IncomingRequest | null>,
): Listener {
  return async (incoming, response) => {
    const request = await read(incoming);
    if (request === null) response.writeHead(400).end();
    else answerJudged(await gate.verify(request), response);
  };
}

function answerJudged(judged: Admitted | Denied, response: ServerResponse): void {
  for (const [name, value] of judged.headers ?? []) response.appendHeader(name, value);
  response.statusCode = judged.ok ? 200 : judged.status;
  response.end(judged.ok ? judged.session.subject : judged.body);
}

/** Each way of asking a gate: by its own function, and by each adapter in its framework. */
const askers: Readonly<Record<string, (gate: Gate) => Listener | Promise<Listener>>> = {
  'a Node request': (gate) => judgingListener(gate, async (incoming) => incoming),
  'a web-standard request': (gate) => judgingListener(gate, webRequestOf),
  express: (gate) =>
    express()
      .use(expressGuard.requireSession(gate))
      .use((request, response) => response.end(expressGuard.currentSession(request).subject)),
  fastify: async (gate) => {
    const app = fastify();
    app.addHook('onRequest', fastifyGuard.requireSession(gate));
    app.all('/*', async (request) => fastifyGuard.currentSession(request).subject);
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  hono: (gate) => {
    const app = new Hono();
    app.use(honoGuard.requireSession(gate));
    app.all('*', (context) => context.text(honoGuard.currentSession(context).subject));
    return webListener(async (request) => app.fetch(request));
  },
  koa: (gate) => {
    const app = new Koa();
    app.use(koaGuard.requireSession(gate));
    app.use((context) => {
      context.body = koaGuard.currentSession(context).subject;
    });
    return app.callback();
  },
  node: (gate) => {
    const guard = nodeGuard.requireSession(gate);
    return async (request, response) => {
      const session = await guard(request, response);
      if (session !== null) response.end(session.subject);
    };
  },
};

/** The application answers with the user, and a HEAD has no body. */
function isAnsweredByApplication({ status, body }: RawAnswer): boolean {
  return status === 200 && (body === '' || body.startsWith('user-'));
}

/** Some make no web-standard request of what is no address, or do not decode it. */
const answeredBefore: Readonly<Record<string, readonly string[]>> = {
  'a web-standard request': ['*'],
  hono: ['*'],
  fastify: ['/%', '/%zz', 'ftp://other.example/x'],
};

/** Node's parser takes ASCII alone, and no backslash in a host. */
const answeredByNode = ['/é', 'http://other.example\\x'];

async function startAsked(name: string, judge: Judge, inner: Gate): Promise<GateUnderTest> {
  const recorder = new Recorder(inner);
  const listener = await askers[name]?.(recorder);
  if (listener === undefined) throw new Error(`no asker ${name}`);
  // The one without a framework gets handshakes as Node's servers for WebSockets do.
  const server = await startRawServer(listener, name === 'a Node request' ? 'as-upgrades' : 'as-requests');
  return {
    name: `${name}, judged by the ${judge}`,
    judge,
    tellsReason: true,
    answeredBefore: [...answeredByNode, ...(answeredBefore[name] ?? [])],
    placeFor: ({ method, target }) => ({ method, target: target ?? '/orders' }),
    async send(place, _asked, lines) {
      recorder.forget();
      const answer = await server.send({ ...place, lines });
      const judged = recorder.last();
      if (isAnsweredByApplication(answer) !== (judged?.ok === true))
        throw new Error(`${name} does otherwise than its gate says`);
      return { ...answer, reason: judged === null ? null : judged.ok ? 'ok' : judged.reason };
    },
    close: () => server.close(),
  };
}

type Endpoint = readonly [judge: Judge, name: string, paths: Readonly<Record<string, string>>];

const sessions = { GET: '/sessions', HEAD: '/sessions', POST: '/sessions/revoke-all', DELETE: '/sessions' };

/** By the method that is asked about, where it goes. */
const endpoints: readonly Endpoint[] = [
  ['authority', '/userinfo', { GET: '/userinfo', HEAD: '/userinfo' }],
  ['authority', '/sessions', sessions],
];

function endpointGate(carrier: string, server: RawServer, [judge, name, paths]: Endpoint): GateUnderTest {
  return {
    name: `${name} through handler.${carrier}`,
    judge,
    tellsReason: false,
    answeredBefore: [],
    placeFor({ method, target }) {
      const path = target === null ? paths[method] : undefined;
      return path === undefined ? null : { method, target: path };
    },
    send: async (place, _asked, lines) => ({ ...(await server.send({ ...place, lines })), reason: null }),
    close: async () => undefined,
  };
}

function proxyGate(carrier: string, server: RawServer): GateUnderTest {
  return {
    name: `/verify through handler.${carrier}`,
    judge: 'proxy',
    tellsReason: false,
    answeredBefore: [],
    placeFor: ({ target }) => (target === null ? { method: 'GET', target: '/verify' } : null),
    async send(place, asked, lines) {
      const answer = await server.send({ ...place, lines: [...lines, ['x-forwarded-method', asked]] });
      return { ...answer, reason: null };
    },
    close: async () => undefined,
  };
}

/** The handler behind a socket, in both ways of mounting it. */
export async function startHandlers({
  handler,
}: World): Promise<Readonly<Record<'node' | 'fetch', RawServer>>> {
  return {
    node: await startRawServer((request, response) => handler.node(request, response)),
    fetch: await startRawServer(webListener((request) => handler.fetch(request))),
  };
}

/** Every gate of one world, each behind a socket. */
export async function startGates(world: World): Promise<readonly GateUnderTest[]> {
  const gates: GateUnderTest[] = [];
  for (const name of Object.keys(askers)) {
    if (world.verifier !== null) gates.push(await startAsked(name, 'verifier', world.verifier));
    gates.push(await startAsked(name, 'authority', world.handler));
  }
  for (const [carrier, server] of Object.entries(await startHandlers(world))) {
    gates.push(...endpoints.map((endpoint) => endpointGate(carrier, server, endpoint)));
    gates.push({ ...proxyGate(carrier, server), close: () => server.close() });
  }
  return gates;
}
