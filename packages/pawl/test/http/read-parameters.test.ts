import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../src/http/exchange.js';
import { many, one, type Parameters } from '../../src/http/parameters.js';
import { readParameters } from '../../src/http/read-parameters.js';
import { type AnyRoute, defineRoute } from '../../src/http/route.js';

const routeOf = (takes: AnyRoute['takes']): AnyRoute =>
  defineRoute({
    method: 'POST',
    path: '/made-up',
    summary: 'Made up.',
    caller: 'anybody',
    takes,
    parameters: { audience: many('May be repeated.'), name: one('May not.') },
    answers: [],
    errors: [],
    run: () => ({ status: 204, headers: [], body: '' }),
  });

function read(takes: AnyRoute['takes'], text: string): Promise<Parameters> {
  const request: HttpRequest = {
    method: 'POST',
    path: '/made-up',
    query: takes === 'query' ? text : '',
    address: null,
    header: () => null,
    readBody: () => Promise.resolve(takes === 'query' ? '' : text),
  };
  return readParameters(routeOf(takes), request);
}

describe('a parameter that may be repeated', () => {
  test.each([
    ['form', 'audience=a&audience=b&name=n'],
    ['query', 'name=n&audience=a&audience=&audience=b'],
    ['json', '{"audience":["a","b"],"name":"n"}'],
  ] as const)('is a list in its order: %s', async (takes, text) => {
    const parameters = await read(takes, text);
    expect([parameters.all('audience'), parameters.required('name')]).toEqual([['a', 'b'], 'n']);
  });

  test('may be a single text in JSON, and be absent', async () => {
    expect((await read('json', '{"audience":"a"}')).all('audience')).toEqual(['a']);
    expect((await read('json', '{}')).all('audience')).toEqual([]);
  });

  test.each([
    ['form', 'name=a&name=b', 'The parameter "name" is repeated.'],
    ['query', 'unknown=a&unknown=b', 'The parameter "unknown" is repeated.'],
    ['json', '{"name":["a"]}', 'The parameter "name" must be a text.'],
    ['json', '{"audience":["a",7]}', 'The parameter "audience" must be a text.'],
  ] as const)('is told from one that may not: %s %s', async (takes, text, detail) => {
    await expect(read(takes, text)).rejects.toMatchObject({ code: 'invalid_request', publicText: detail });
  });
});
