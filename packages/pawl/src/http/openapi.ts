import { errors } from '../errors.js';
import type { ParameterSpec } from './parameters.js';
import { type AnyRoute, type AnswerSpec, errorsOf, type Schema } from './route.js';
import { errorSchema } from './schemas.js';

/** Headers that OpenAPI describes elsewhere: as security, or as a body. */
const describedElsewhere: ReadonlySet<string> = new Set(['Authorization', 'Cookie']);

/**
 * Describes routes as an OpenAPI 3.1 document.
 *
 * @see [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html)
 */
export function openApiOf(issuer: string, routes: readonly AnyRoute[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Pawl', version: '1', description: 'Endpoints of a session authority.' },
    servers: [{ url: issuer }],
    paths,
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description:
            'An access token, or a session token. One that is bound to a key comes with the scheme DPoP and a proof.',
        },
        client: { type: 'http', scheme: 'basic', description: 'Id and secret of a registered client.' },
      },
    },
  };
}

const security = { anybody: [], session: [{ token: [] }], client: [{ client: [] }] } as const;

function operationOf(route: AnyRoute): object {
  const parameters = [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)];
  return {
    operationId: operationIdOf(route),
    summary: route.summary,
    ...(route.specification === undefined ? {} : { description: `See ${route.specification}.` }),
    security: security[route.caller],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...bodyOf(route),
    responses: responsesOf(route),
  };
}

function operationIdOf({ method, path }: AnyRoute): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return [method.toLowerCase(), ...words].join('_');
}

function pathParameters({ path }: AnyRoute): readonly object[] {
  if (!path.endsWith('{id}')) return [];
  return [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }];
}

function queryParameters({ takes, parameters }: AnyRoute): readonly object[] {
  if (takes !== 'query') return [];
  return Object.entries(parameters).map(([name, spec]) => {
    const { description, required } = spec;
    return { name, in: 'query', description, required, schema: schemaOf(spec) };
  });
}

function headerParameters({ requestHeaders = {} }: AnyRoute): readonly object[] {
  return Object.entries(requestHeaders)
    .filter(([name]) => !describedElsewhere.has(name))
    .map(([name, description]) => ({ name, in: 'header', description, schema: { type: 'string' } }));
}

function schemaOf({ count, type, values }: ParameterSpec): Schema {
  const value: Schema =
    type === 'flag'
      ? { type: 'boolean' }
      : { type: 'string', ...(values === undefined ? {} : { enum: values }) };
  return count === 'many' ? { type: 'array', items: value } : value;
}

const bodyTypes = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;

function bodyOf({ takes, parameters }: AnyRoute): object {
  if (takes !== 'json' && takes !== 'form') return {};
  const specs = Object.entries(parameters);
  const properties = Object.fromEntries(
    specs.map(([name, spec]) => [name, { ...schemaOf(spec), description: spec.description }]),
  );
  const required = specs.filter(([, spec]) => spec.required).map(([name]) => name);
  const schema = { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
  return { requestBody: { required: required.length > 0, content: { [bodyTypes[takes]]: { schema } } } };
}

function responsesOf(route: AnyRoute): object {
  const responses: Record<string, object> = {};
  for (const answer of route.answers) responses[answer.status] = responseOf(answer);
  for (const [status, names] of errorsByStatus(route)) {
    const errorNames = [...new Set(names)].join(', ');
    // A status that is also an answer says both.
    const before = route.answers.find((answer) => answer.status === status);
    const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
    responses[status] =
      before === undefined
        ? { description: errorNames, content }
        : { ...responseOf(before), description: `${before.description} Or ${errorNames}.` };
  }
  return responses;
}

function errorsByStatus(route: AnyRoute): ReadonlyMap<number, string[]> {
  const byStatus = new Map<number, string[]>();
  for (const code of errorsOf(route)) {
    const { status, oauthError } = errors[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), oauthError]);
  }
  return byStatus;
}

function responseOf({ description, body, headers = {} }: AnswerSpec): object {
  const described = Object.entries(headers).map(([name, says]) => [
    name,
    { description: says, schema: { type: 'string' } },
  ]);
  return {
    description,
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) as object }),
    ...(body === undefined
      ? {}
      : { content: { [body.type]: body.schema === undefined ? {} : { schema: body.schema } } }),
  };
}
