import { expect, test } from 'vitest';
import { carriers, startHarness } from './harness.js';

const app = 'https://app.example';

test.each(
  carriers,
)('over %s, pages of allowed origins read answers and their headers, others do not', async (carrier) => {
  const harness = await startHarness(carrier, {}, { allowedOrigins: [app] });
  const headersFor = async (origin: string, init: RequestInit = {}): Promise<Headers> => {
    const response = await harness.send('/token', { method: 'POST', ...init, headers: { origin } });
    return response.headers;
  };
  const own = await headersFor(app);
  expect(own.get('access-control-allow-origin')).toBe(app);
  expect(own.get('access-control-expose-headers')).toBe(
    'DPoP-Nonce, WWW-Authenticate, Pawl-Refresh, Retry-After',
  );
  expect(own.get('access-control-allow-credentials')).toBeNull();
  const foreign = await headersFor('https://app.example.evil');
  expect(foreign.get('access-control-allow-origin')).toBeNull();
  for (const headers of [own, foreign]) expect(headers.get('vary')).toBe('origin');
  await harness.close();
});

test.each(carriers)('over %s, a preflight is answered for allowed origins only', async (carrier) => {
  const harness = await startHarness(carrier, {}, { allowedOrigins: [app] });
  const preflight = (path: string, origin: string): Promise<Response> =>
    harness.send(path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'dpop,content-type',
      },
    });
  const allowed = await preflight('/refresh', app);
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe(app);
  expect(allowed.headers.get('access-control-allow-methods')).toBe('POST');
  expect(allowed.headers.get('access-control-allow-headers')).toBe('authorization, content-type, dpop');
  expect((await preflight('/refresh', 'https://evil.example')).status).toBe(405);
  expect((await preflight('/nowhere', app)).status).toBe(404);
  await harness.close();
});

test('without the option nothing is said about origins', async () => {
  const harness = await startHarness('fetch');
  const response = await harness.send('/healthz', { headers: { origin: app } });
  for (const name of ['access-control-allow-origin', 'vary']) expect(response.headers.get(name)).toBeNull();
  await harness.close();
});

test.each<[unknown, RegExp]>([
  ['https://app.example', /is a string/],
  [['https://app.example/'], /"https:\/\/app.example\/"/],
  [['app.example'], /"app.example"/],
  [['*'], /"\*"/],
  [[7], /a number/],
])('the origins %j are refused', async (allowedOrigins, message) => {
  const start = startHarness('fetch', {}, { allowedOrigins: allowedOrigins as string[] });
  await expect(start).rejects.toMatchObject({ code: 'option_invalid', message });
});
