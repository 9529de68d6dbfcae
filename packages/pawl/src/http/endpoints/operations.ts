import { type HttpResponse, json } from '../exchange.js';
import type { Services } from '../handler.js';

/** `GET /healthz`: the process runs. Asks nothing of the store, so a store that is down restarts nobody. */
export function healthEndpoint(): HttpResponse {
  return json(200, { status: 'ok' });
}

/**
 * `GET /readyz`: the store answers and the key ring is fresh.
 *
 * @throws PawlError `store_unavailable`
 */
export async function readyEndpoint(services: Services): Promise<HttpResponse> {
  await services.authority.check();
  return json(200, { status: 'ok' });
}

/** `GET /metrics`: counters, and the difference of the clocks, in the Prometheus text format. */
export function metricsEndpoint(services: Services): HttpResponse {
  return {
    status: 200,
    headers: [
      ['content-type', 'text/plain; version=0.0.4; charset=utf-8'],
      ['cache-control', 'no-store'],
    ],
    body: services.metrics.text(services.authority.clockDifferenceSeconds),
  };
}
