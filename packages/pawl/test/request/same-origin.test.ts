import { describe, expect, test } from 'vitest';
import { isSameOrigin, isWriting } from '../../src/request/same-origin.js';

const origin = 'https://auth.example';

const withHeaders = (headers: Readonly<Record<string, string>>) => ({
  header: (name: string): string | null => headers[name] ?? null,
});

describe('a call may change something', () => {
  test.each([
    'GET',
    'HEAD',
    'OPTIONS',
  ])('with %s only as a handshake, of whichever header is left', (method) => {
    expect(isWriting(withHeaders({}), method)).toBe(false);
    expect(isWriting(withHeaders({ connection: 'keep-alive', 'sec-fetch-mode': 'websocket' }), method)).toBe(
      false,
    );
    for (const name of ['upgrade', 'sec-websocket-key', 'sec-websocket-version']) {
      expect(isWriting(withHeaders({ [name]: '' }), method), name).toBe(true);
    }
  });

  test.each(['POST', 'PUT', 'DELETE', 'CONNECT', 'get', 'GET, GET', ''])('with the method %j', (method) => {
    expect(isWriting(withHeaders({}), method)).toBe(true);
  });
});

describe('a call comes from the own origin', () => {
  test.each([
    [{ origin }, true],
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, true],
    [{}, false],
    [{ origin: '' }, false],
    [{ origin: 'null' }, false],
    [{ origin: `${origin}/` }, false],
    [{ origin: `${origin}:443` }, false],
    [{ origin: `${origin}.evil.example` }, false],
    [{ origin: origin.toUpperCase() }, false],
    [{ origin: `${origin}, ${origin}` }, false],
    [{ origin, 'sec-fetch-site': 'cross-site' }, false],
    [{ origin, 'sec-fetch-site': 'same-site' }, false],
    [{ origin, 'sec-fetch-site': 'none' }, false],
    [{ origin, 'sec-fetch-site': '' }, false],
    [{ origin, 'sec-fetch-site': 'same-origin, same-origin' }, false],
    [{ referer: `${origin}/page` }, false],
  ] as const)('with %j: %j', (headers, answer) => {
    expect(isSameOrigin(withHeaders(headers), origin)).toBe(answer);
  });
});
