import { describe, expect, test } from 'vitest';
import { type ErrorCode, errors } from '../../src/errors.js';
import { standardModules } from '../../src/http/modules.js';
import type { AnyRoute } from '../../src/http/route.js';
import { errorsOf } from '../../src/http/route-spec.js';
import { bodyFault, documentFault, jsonOf } from './documented.js';
import { type Carrier, carriers } from './harness.js';
import { ofBrowsers, ofClients, ofEverybody } from './producers/callers.js';
import { nameOf, type Producer, type Producers, type RouteProducers, starter } from './producers/producer.js';
import { firstParty, ofTheCaller } from './producers/sessions.js';

const routes = standardModules.flatMap((module) => module.routes);
const producers: Producers = { ...firstParty, ...ofTheCaller, ...ofClients, ...ofBrowsers, ...ofEverybody };

const producersOf = (route: AnyRoute): RouteProducers =>
  producers[nameOf(route)] ?? { answers: {}, errors: {} };

/** The errors that a caller can bring about. 5xx are the server's own. */
const callersErrors = (route: AnyRoute): readonly ErrorCode[] =>
  errorsOf(route).filter((code) => errors[code].status < 500);

/** The answer that a producer brings about, with the headers that every answer has; a stream is given up. */
async function produce(producer: Producer | undefined, carrier: Carrier): Promise<Response> {
  if (producer === undefined) throw new Error('nothing brings this answer about');
  const response = await producer(starter(carrier));
  if (response.headers.get('content-type') === 'text/event-stream') await response.body?.cancel();
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('cache-control')).toMatch(/^(?:no-store|public, max-age=\d+)$/);
  return response;
}

const named = routes.map((route) => ({ name: nameOf(route), route }));

test('every route is produced, and nothing that is none', () => {
  expect(Object.keys(producers).sort()).toEqual(named.map(({ name }) => name).sort());
});

describe.each(named)('what $name documents', ({ route }) => {
  test('has producers, and nothing else has', () => {
    const known = producersOf(route);
    expect(Object.keys(known.answers)).toEqual(route.answers.map(({ description }) => description));
    expect(Object.keys(known.errors).sort()).toEqual([...callersErrors(route)].sort());
  });
});

const answers = named.flatMap(({ name, route }) =>
  route.answers.map((answer) => ({ name, route, answer, says: answer.description })),
);

const refusals = named.flatMap(({ name, route }) =>
  callersErrors(route).map((code) => ({ name, route, code })),
);

describe.each(carriers)('over %s', (carrier) => {
  test.each(answers)('$name gives the answer: $says', async ({ route, answer, says }) => {
    const response = await produce(producersOf(route).answers[says], carrier);
    expect(response.status).toBe(answer.status);
    const headers = Object.keys(answer.headers ?? {});
    expect(headers.filter((header) => !response.headers.has(header))).toEqual([]);
    const body = await jsonOf(response);
    expect(bodyFault(answer, response, body)).toBeNull();
    if (body !== null) expect(documentFault(route, answer.status, body)).toBeNull();
  });

  test.each(refusals)('$name gives the error: $code', async ({ route, code }) => {
    const response = await produce(producersOf(route).errors[code], carrier);
    const { status, oauthError, retry } = errors[code];
    const body = (await jsonOf(response)) as { readonly error: string };
    expect([response.status, body.error, response.headers.has('retry-after')]).toEqual([
      status,
      oauthError,
      retry,
    ]);
    expect(documentFault(route, status, body)).toBeNull();
  });
});
