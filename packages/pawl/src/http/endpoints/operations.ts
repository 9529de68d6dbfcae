import { json, ofType } from '../exchange.js';
import { type AnyRoute, defineRoute } from '../route.js';
import { jsonBody, objectOf } from '../schemas.js';

const ok = jsonBody(objectOf({ status: { type: 'string', const: 'ok' } }));

/** `GET /healthz` */
export const healthRoute: AnyRoute = defineRoute({
  method: 'GET',
  path: '/healthz',
  summary: 'The process runs. Asks nothing of the store, so that a store that is down restarts nobody.',
  caller: 'anybody',
  takes: 'nothing',
  parameters: {},
  answers: [{ status: 200, description: 'It runs.', body: ok }],
  errors: [],
  example: 'curl http://localhost:3000/healthz',
  run: () => json(200, { status: 'ok' }),
});

/** `GET /readyz` */
export const readyRoute: AnyRoute = defineRoute({
  method: 'GET',
  path: '/readyz',
  summary: 'Whether the store answers and the key ring is fresh.',
  caller: 'anybody',
  takes: 'nothing',
  parameters: {},
  answers: [{ status: 200, description: 'Both.', body: ok }],
  errors: ['store_unavailable'],
  example: 'curl http://localhost:3000/readyz',
  async run({ authority }) {
    await authority.check();
    return json(200, { status: 'ok' });
  },
});

/** `GET /metrics` */
export const metricsRoute: AnyRoute = defineRoute({
  method: 'GET',
  path: '/metrics',
  summary: 'Counters, and the difference of the clocks, in the Prometheus text format.',
  caller: 'anybody',
  takes: 'nothing',
  parameters: {},
  answers: [{ status: 200, description: 'Metrics.', body: { type: 'text/plain' } }],
  errors: [],
  example: 'curl http://localhost:3000/metrics',
  run: ({ authority, metrics }) =>
    ofType('text/plain; version=0.0.4; charset=utf-8', metrics.text(authority.clockDifferenceSeconds)),
});
