import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { Hono } from 'hono';
import type { Listener, Mount } from './mount.js';

/** Carries a Node request to an application of web-standard objects. */
function listenerOf(app: Hono): Listener {
  return (request, response) => answer(app, request, response);
}

async function answer(app: Hono, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', headers, url = '/' } = request;
  const answered = await app.fetch(
    new Request(`http://${headers.host ?? ''}${url}`, {
      method,
      headers: headers as Record<string, string>,
      ...(method === 'GET' || method === 'HEAD'
        ? {}
        : { body: Readable.toWeb(request) as ReadableStream<Uint8Array>, duplex: 'half' }),
    }),
  );
  for (const [name, value] of answered.headers) response.appendHeader(name, value);
  response.writeHead(answered.status).flushHeaders();
  for await (const chunk of answered.body ?? []) response.write(chunk);
  response.end();
}

export const honoMounts: readonly Mount[] = [
  {
    name: 'Hono, with the request unread',
    listener: (auth) => {
      const app = new Hono();
      app.all('/auth/*', (context) => auth.fetch(context.req.raw));
      return listenerOf(app);
    },
  },
  {
    name: 'Hono, behind somebody who has read the body',
    listener: (auth) => {
      const app = new Hono();
      app.use(async (context, next) => {
        await context.req.text();
        await next();
      });
      app.all('/auth/*', async (context) => auth.fetch(context.req.raw, { body: await context.req.text() }));
      return listenerOf(app);
    },
  },
];
