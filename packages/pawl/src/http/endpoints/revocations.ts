import { requireClient } from '../client-authentication.js';
import type { HttpResponse } from '../exchange.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import type { Services } from '../services.js';

/** `GET /revocations` */
export const revocationsRoute: AnyRoute = defineRoute({
  method: 'GET',
  path: '/revocations',
  summary: 'The revocation feed as server-sent events, for registered clients. A snapshot comes first.',
  caller: 'client',
  takes: 'nothing',
  parameters: {},
  requestHeaders: {
    Authorization: 'Basic',
    'Last-Event-ID': 'goes on where a stream broke off',
  },
  answers: [{ status: 200, description: 'A stream that does not end.', body: { type: 'text/event-stream' } }],
  errors: ['store_unavailable'],
  specification: 'HTML §9.2',
  example: 'curl -N -m 3 -u api:a-secret-of-32-characters-or-more http://localhost:3000/revocations',
  run: openFeed,
});

async function openFeed({ clients, feed }: Services, { request }: RouteCall): Promise<HttpResponse> {
  requireClient(clients, request, null);
  const cursor = request.header('last-event-id');
  return {
    status: 200,
    headers: [
      ['content-type', 'text/event-stream'],
      ['cache-control', 'no-store'],
      // Proxies like nginx would keep events back until they have a page of them.
      ['x-accel-buffering', 'no'],
    ],
    body: await feed.open(cursor === '' ? null : cursor),
  };
}
