import { describe, expect, test } from 'vitest';
import { requireDocumented } from './documented.js';

const issuer = 'https://auth.example/auth';
const session = {
  id: 'a',
  current: true,
  device: null,
  created_at: 1,
  last_refreshed_at: null,
  expires_at: 2,
};

function check(
  method: string,
  path: string,
  status: number,
  body: object | null,
  without: readonly string[] = [],
): Promise<void> {
  const headers = body === null ? {} : { 'content-type': 'application/json' };
  const response = new Response(body === null ? null : JSON.stringify(body), { status, headers });
  return requireDocumented({ issuer, method, path: `/auth${path}`, response, without });
}

describe('an answer is let through', () => {
  test.each([
    ['that is documented', 'GET', '/sessions', 200, { sessions: [session] }],
    ['to a query', 'GET', '/healthz?x=1', 200, { status: 'ok' }],
    [
      'that is a documented error',
      'GET',
      '/sessions',
      401,
      { error: 'invalid_token', error_description: '' },
    ],
    ['that is the error of the server', 'GET', '/sessions', 500, { error: 'any' }],
    ['to a method that the path does not have', 'POST', '/jwks.json', 405, { error: 'any' }],
    ['of a path that is not known', 'GET', '/nowhere', 404, { error: 'any' }],
    ['to HEAD without a body', 'HEAD', '/healthz', 200, null],
  ] as const)('%s', async (_, method, path, status, body) => {
    await check(method, path, status, body);
  });

  test('of a module that is left out', async () => {
    await check('GET', '/sessions', 404, { error: 'not_found', error_description: '' }, ['sessions']);
  });
});

describe('an answer is refused', () => {
  test.each([
    ['of a status that is not documented', 'GET', '/healthz', 204, null],
    ['of HEAD with such a status', 'HEAD', '/healthz', 204, null],
    [
      'with an error that is not documented',
      'POST',
      '/login',
      401,
      { error: 'invalid_token', error_description: '' },
    ],
    ['with an error of another status', 'GET', '/sessions', 403, { error: 'invalid_token' }],
    ['with an error without a sentence', 'GET', '/sessions', 401, { error: 'invalid_token' }],
    ['that is 503 where nothing can fail', 'GET', '/healthz', 503, { error: 'temporarily_unavailable' }],
    ['that lacks a member', 'GET', '/sessions', 200, { sessions: [{ ...session, device: undefined }] }],
    [
      'with a member of another type',
      'GET',
      '/sessions',
      200,
      { sessions: [{ ...session, created_at: '1' }] },
    ],
    ['that is no JSON', 'GET', '/healthz', 200, null],
  ] as const)('%s', async (_, method, path, status, body) => {
    await expect(check(method, path, status, body)).rejects.toThrow(
      `${method === 'HEAD' ? 'GET' : method} ${path} answered`,
    );
  });
});
