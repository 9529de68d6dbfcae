import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHandler, defineRoute, type HandlerModule, type HandlerOptions } from '../../src/http/index.js';
import { type Harness, startHarness } from './harness.js';

let harness: Harness;

beforeEach(async () => {
  harness = await startHarness('fetch', { issuer: 'https://pawl.test/auth' });
});

afterEach(() => harness.close());

const authenticate: NonNullable<HandlerOptions['authenticate']> = async () => ({
  ok: false,
  reason: 'wrong',
});

function moduleAt(path: string, name = 'greetings'): HandlerModule {
  return {
    name,
    routes: [
      defineRoute({
        method: 'GET',
        path,
        summary: 'Says hello.',
        caller: 'anybody',
        takes: 'nothing',
        parameters: {},
        answers: [{ status: 200, description: 'Hello.', body: { type: 'text/plain' } }],
        errors: [],
        run: () => ({ status: 200, headers: [['content-type', 'text/plain']], body: 'hello' }),
      }),
    ],
  };
}

describe('an option of createHandler', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['that is unknown', { autenticate: authenticate }, 'option "autenticate" is not an option'],
    ['authenticate that is missing', { authenticate: undefined }, 'option "authenticate" is missing'],
    ['authenticate', { authenticate: 'me' }, 'option "authenticate" is a string'],
    ['authority', { authority: {} }, 'option "authority" is a object'],
    ['clients', { clients: {} }, 'option "clients" is a object'],
    ['clients with a secret', { clients: [{ id: 'a', secret: 'b' }] }, 'with the member "secret"'],
    [
      'clients with a secret beside its hash',
      { clients: [{ id: 'a', secretHash: 'x'.repeat(43), secret: 'b' }] },
      'with the member "secret"',
    ],
    [
      'clients without a hash',
      { clients: [{ id: 'a', secretHash: 'plain' }] },
      'option "clients.secretHash" of "a"',
    ],
    [
      'clients of one id',
      { clients: ['x', 'y'].map((text) => ({ id: 'a', secretHash: text.repeat(43) })) },
      'contains "a" twice',
    ],
    [
      'clients with a method and no secret',
      { clients: [{ id: 'a', tokenEndpointAuthMethod: 'client_secret_basic' }] },
      'given together with secretHash',
    ],
    [
      'clients with a lifetime above that of the authority',
      { clients: [{ id: 'a', accessSeconds: 301 }] },
      'at most accessSeconds of the authority, 300',
    ],
    [
      'clients with a redirect that is none',
      { clients: [{ id: 'a', redirectUris: ['https://a.example/#x'] }] },
      'without a fragment',
    ],
    ['thirdPartySessions', { thirdPartySessions: true }, 'option "thirdPartySessions" is a boolean'],
    ['clientAddress', { clientAddress: '127.0.0.1' }, 'option "clientAddress" is a string'],
    ['onError', { onError: true }, 'option "onError" is a boolean'],
    ['heartbeatSeconds', { heartbeatSeconds: '5' }, 'option "heartbeatSeconds" is a string'],
    ['heartbeatSeconds out of range', { heartbeatSeconds: 61 }, 'option "heartbeatSeconds" is 61'],
    ['deviceBoundSessions', { deviceBoundSessions: 'yes' }, 'option "deviceBoundSessions" is a string'],
    ['allowedOrigins', { allowedOrigins: ['https://a.example/x'] }, 'contains "https://a.example/x"'],
    ['without', { without: ['session'] }, 'one of the others'],
    ['modules', { modules: [{}] }, 'option "modules"'],
    ['modules that share a path', { modules: [moduleAt('/login')] }, 'has GET /login twice'],
  ])('%s that breaks its rule is refused, and says what was expected', (_name, wrong, says) => {
    const options = { authority: harness.authority, authenticate, ...wrong } as HandlerOptions;
    let message = '';
    try {
      createHandler(options);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/^option ".+; it must be /);
    if (says !== 'one of the others') expect(message).toContain(says);
  });
});

describe('modules', () => {
  const get = (handler: ReturnType<typeof createHandler>, path: string): Promise<Response> =>
    handler.fetch(new Request(`https://pawl.test${path}`));

  test('are served beside the standard ones, and are in the description', async () => {
    const modules = [moduleAt('/hello')];
    const handler = createHandler({ authority: harness.authority, authenticate, modules });
    expect(await (await get(handler, '/auth/hello')).text()).toBe('hello');
    expect((await get(handler, '/auth/healthz')).status).toBe(200);
    const { paths } = (await (await get(handler, '/auth/openapi.json')).json()) as { paths: object };
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/hello', '/login']));
  });

  test('that are left out are neither served nor named', async () => {
    const { authority } = harness;
    const handler = createHandler({ authority, without: ['sessions', 'operations'] });
    for (const path of ['/auth/login', '/auth/healthz'])
      expect((await get(handler, path)).status, path).toBe(404);
    const metadata: unknown = await (await get(handler, '/auth/.well-known/openid-configuration')).json();
    expect(metadata).not.toHaveProperty('token_endpoint');
    expect(metadata).toMatchObject({
      jwks_uri: 'https://pawl.test/auth/jwks.json',
      grant_types_supported: [],
    });
  });

  test('answer errors in a form of their own, also below their path where they have no route', async () => {
    const answerError: HandlerModule['answerError'] = ({ entry }) => ({
      status: entry.status,
      headers: [['content-type', 'text/html']],
      body: `<p>${entry.oauthError}</p>`,
    });
    const module = { ...moduleAt('/pages'), below: '/pages', answerError };
    const handler = createHandler({ authority: harness.authority, authenticate, modules: [module] });
    expect(await (await get(handler, '/auth/pages/none')).text()).toBe('<p>not_found</p>');
    expect((await get(handler, '/auth/none')).headers.get('content-type')).toBe('application/json');
  });
});

test('a handler that is mounted at another path than that of the issuer says so', async () => {
  const answer = await harness.handler.fetch(new Request('https://pawl.test/login'));
  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain('below /auth, the path of the issuer');
});
