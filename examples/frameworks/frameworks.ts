import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from 'pawl/http';
import type { Gate } from 'pawl/verifier';
import { createExpressApi } from './express.js';
import { createFastifyApi } from './fastify.js';
import { createHonoApi } from './hono.js';
import { createKoaApi } from './koa.js';
import { createNodeApi } from './node.js';
import { serveFetch } from './serve-fetch.js';

/** What a server calls for each request. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The same API in each framework, as a listener for node:http. */
export const frameworks: Readonly<Record<string, (gate: Gate, auth?: Handler) => Promise<Listener>>> = {
  'node:http': async (gate, auth) => createNodeApi(gate, auth),
  Express: async (gate, auth) => createExpressApi(gate, auth),
  Fastify: async (gate, auth) => {
    const app = createFastifyApi(gate, auth);
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  Koa: async (gate, auth) => createKoaApi(gate, auth).callback(),
  Hono: async (gate, auth) => {
    const app = createHonoApi(gate, auth);
    return serveFetch((request) => app.fetch(request));
  },
};
