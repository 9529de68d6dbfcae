import { PawlError } from '../../errors.js';
import { presentedClient } from '../client-authentication.js';
import type { HttpRequest, HttpResponse } from '../exchange.js';
import type { Services } from '../handler.js';
import { noParameters } from '../parameters.js';

/**
 * `GET /revocations`: the revocation feed as server-sent events, for registered clients. `Last-Event-ID` goes on where a stream broke off; otherwise
 * a snapshot comes first.
 *
 * @throws PawlError `invalid_client` for everybody who is not registered, `store_unavailable`
 * @see [HTML §9.2](https://html.spec.whatwg.org/multipage/server-sent-events.html)
 */
export async function revocationsEndpoint(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const client = presentedClient(services.clients, request, noParameters);
  if (client?.authenticated !== true) {
    throw new PawlError('invalid_client', 'the revocation feed was asked for without client credentials');
  }
  const cursor = request.header('last-event-id');
  return {
    status: 200,
    headers: [
      ['content-type', 'text/event-stream'],
      ['cache-control', 'no-store'],
      // Proxies like nginx would keep events back until they have a page of them.
      ['x-accel-buffering', 'no'],
    ],
    body: await services.feed.open(cursor === '' ? null : cursor),
  };
}
