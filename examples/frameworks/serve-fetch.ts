import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/** Lets node:http serve what answers web-standard requests. Bun and Deno need nothing of the kind; for Node there is @hono/node-server. */
export function serveFetch(
  answer: (request: Request) => Response | Promise<Response>,
): (incoming: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (incoming, response) => {
    const answered = await answer(requestOf(incoming));
    for (const [name, value] of answered.headers) response.appendHeader(name, value);
    response.writeHead(answered.status);
    for await (const chunk of answered.body ?? []) response.write(chunk);
    response.end();
  };
}

function requestOf(incoming: IncomingMessage): Request {
  const { method = 'GET', url = '/' } = incoming;
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at] ?? '', incoming.rawHeaders[at + 1] ?? '');
  }
  const body = Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
  const sent = method === 'GET' || method === 'HEAD' ? {} : { body, duplex: 'half' as const };
  return new Request(`http://${headers.get('host') ?? ''}${url}`, { method, headers, ...sent });
}
