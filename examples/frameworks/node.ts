import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Handler } from 'pawl/http';
import { type Gate, requireSession } from 'pawl/verifier/adapters/node';

/** An API on plain node:http. With `auth` the authority is inside it, without it the API is a resource server. */
export function createNodeApi(
  gate: Gate,
  auth?: Handler,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const mayRead = requireSession(gate);
  const mayOrder = requireSession(gate, { requireScope: 'orders:write' });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '/' } = request;
    if (auth !== undefined && url.startsWith('/auth/')) {
      await auth.node(request, response);
    } else if (['GET', 'HEAD'].includes(method) && url === '/api/me') {
      const session = await mayRead(request, response);
      if (session !== null) send(response, 200, { subject: session.subject, scopes: session.scopes });
    } else if (method === 'POST' && url === '/api/orders') {
      const session = await mayOrder(request, response);
      if (session === null) return;
      const { item } = (await json(request)) as { readonly item: string };
      send(response, 201, { item, orderedBy: session.subject });
    } else {
      send(response, 404, {});
    }
  }
  return (request, response) => answer(request, response).catch(() => send(response, 500, {}));
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
