import { requireClient } from '../client-authentication.js';
import { type HttpResponse, ofType } from '../exchange.js';
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
  errors: ['clients_unavailable', 'store_unavailable'],
  specification: 'HTML §9.2',
  example: 'curl -N -m 3 -u api:a-secret-of-32-characters-or-more http://localhost:3000/revocations',
  run: openFeed,
});

async function openFeed(services: Services, { request }: RouteCall): Promise<HttpResponse> {
  await requireClient(services, request, null);
  const cursor = request.header('last-event-id');
  const stream = await services.feed.open(cursor === '' ? null : cursor);
  // Proxies like nginx would keep events back until they have a page of them.
  return ofType('text/event-stream', stream, [['x-accel-buffering', 'no']]);
}
