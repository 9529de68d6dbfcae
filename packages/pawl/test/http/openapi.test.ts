import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { standardModules } from '../../src/http/modules.js';
import { openApiOf } from '../../src/http/openapi.js';
import { defineRoute } from '../../src/http/route.js';
import { jsonBody, named, objectOf, text } from '../../src/http/schemas.js';
import { carriers, startHarness } from './harness.js';

const routes = standardModules.flatMap((module) => module.routes);

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly title?: string }>> };
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

/** What the routes are described as, as a client would read it. */
const documentOf = (of: Parameters<typeof openApiOf>[1]): Document =>
  JSON.parse(JSON.stringify(openApiOf('https://auth.example', of))) as Document;

test.each(
  carriers,
)('the document that %s carries is OpenAPI 3.1 to a validator of others', async (carrier) => {
  const harness = await startHarness(carrier);
  const served = (await (await harness.send('/openapi.json')).json()) as Record<string, unknown>;
  const validator = new Validator();
  expect(await validator.validate(served)).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  expect(() => validator.resolveRefs({ specification: served })).not.toThrow();
  expect(served['servers']).toEqual([{ url: harness.origin }]);
  await harness.close();
});

test('each route has one operation with an id of its own', () => {
  const { paths } = documentOf(routes);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operationId,
    })),
  );
  expect(operations.map(({ name }) => name).sort()).toEqual(
    routes.map(({ method, path }) => `${method} ${path}`).sort(),
  );
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
});

test('each schema with a name stands once, and every reference leads to one', () => {
  const document = documentOf(routes);
  const { schemas } = document.components;
  const referred = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
  expect(new Set(referred.map(([, name]) => name))).toEqual(new Set(Object.keys(schemas)));
  const titles = [...JSON.stringify(document).matchAll(/"title":"(\w+)"/g)].map(([, name]) => name);
  expect(titles.filter((name) => name !== 'Pawl').sort()).toEqual(Object.keys(schemas).sort());
  for (const [name, { title }] of Object.entries(schemas)) expect(title).toBe(name);
});

test('each schema is one to a strict reader of JSON Schema 2020-12', () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  const schemas = routes.flatMap(({ answers }) => answers.flatMap(({ body }) => body?.schema ?? []));
  for (const schema of schemas) expect(() => ajv.compile(schema)).not.toThrow();
  expect(schemas.length).toBeGreaterThan(20);
});

test('a title names one schema only', () => {
  const byTitle = new Map<string, object>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { title } = value as { readonly title?: unknown };
    if (typeof title === 'string') expect(byTitle.get(title) ?? value).toBe(value);
    if (typeof title === 'string') byTitle.set(title, value);
    Object.values(value).forEach(visit);
  };
  for (const { answers } of routes) for (const { body } of answers) visit(body?.schema);
  expect(byTitle.size).toBeGreaterThan(5);
});

test('answers and errors of one status are described together, and the first describes a header', () => {
  const body = jsonBody(named('One', objectOf({ one: text('a text') })));
  const route = defineRoute({
    method: 'GET',
    path: '/made-up',
    summary: 'Made up.',
    caller: 'session',
    takes: 'nothing',
    parameters: {},
    answers: [
      { status: 401, description: 'First.', body, headers: { 'X-One': 'the first' } },
      { status: 401, description: 'Second.', body, headers: { 'X-One': 'the second', 'X-Two': 'of one' } },
    ],
    errors: ['store_unavailable'],
    run: () => ({ status: 401, headers: [], body: '' }),
  });
  const responses = documentOf([route]).paths['/made-up']?.['get']?.responses;
  expect(responses?.['401']).toEqual({
    description: 'First. Second. Error: invalid_token, invalid_dpop_proof.',
    headers: {
      'X-One': { description: 'the first', schema: { type: 'string' } },
      'X-Two': { description: 'of one', schema: { type: 'string' } },
    },
    content: {
      'application/json': {
        schema: { anyOf: [{ $ref: '#/components/schemas/One' }, { $ref: '#/components/schemas/Error' }] },
      },
    },
  });
  expect(responses?.['503']).toMatchObject({ headers: { 'Retry-After': {} } });
});
