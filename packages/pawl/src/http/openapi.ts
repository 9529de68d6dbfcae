import { errors } from '../errors.js';
import type { ParameterSpec } from './parameters.js';
import { type AnswerSpec, errorsOf, requestHeadersOf, type RouteSpec, type Schema } from './route-spec.js';
import { errorSchema, jsonBody } from './schemas.js';

/** Headers that OpenAPI describes elsewhere: as security, or as a body. */
const describedElsewhere: ReadonlySet<string> = new Set(['Authorization', 'Cookie']);

/**
 * Describes routes as an OpenAPI 3.1 document.
 *
 * @see [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html)
 */
export function openApiOf(issuer: string, routes: readonly RouteSpec[]): object {
  const components = createComponents();
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const operation = operationOf(route, components.refer);
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Pawl', version: '1', description: 'Endpoints of a session authority.' },
    servers: [{ url: issuer }],
    paths,
    components: { schemas: components.schemas, securitySchemes },
  };
}

const securitySchemes = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An access token, or a session token. One that is bound to a key comes with the scheme DPoP and a proof. A browser may send its cookie instead.',
  },
  client: { type: 'http', scheme: 'basic', description: 'Id and secret of a registered client.' },
} as const;

/** What stands in the place of a schema. */
type Refer = (schema: Schema) => object;

/** Collects the schemas with a title, and puts references in their places. */
function createComponents(): { readonly schemas: Readonly<Record<string, object>>; readonly refer: Refer } {
  const schemas: Record<string, object> = {};
  const refer: Refer = (schema) => {
    const { title } = schema;
    if (title === undefined) return withReferences(schema, refer);
    schemas[title] ??= withReferences(schema, refer);
    return { $ref: `#/components/schemas/${title}` };
  };
  return { schemas, refer };
}

function withReferences(schema: Schema, refer: Refer): object {
  const { items, properties, anyOf } = schema;
  const members = Object.entries(properties ?? {}).map(([name, member]) => [name, refer(member)]);
  return {
    ...schema,
    ...(items === undefined ? {} : { items: refer(items) }),
    ...(properties === undefined ? {} : { properties: Object.fromEntries(members) as object }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(refer) }),
  };
}

const security = { anybody: [], session: [{ token: [] }], client: [{ client: [] }] } as const;

function operationOf(route: RouteSpec, refer: Refer): object {
  const parameters = [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)];
  return {
    operationId: operationIdOf(route),
    summary: route.summary,
    ...(route.specification === undefined ? {} : { description: `See ${route.specification}.` }),
    security: security[route.caller],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...bodyOf(route),
    responses: responsesOf(route, refer),
  };
}

function operationIdOf({ method, path }: RouteSpec): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return [method.toLowerCase(), ...words].join('_');
}

function pathParameters({ path }: RouteSpec): readonly object[] {
  if (!path.endsWith('{id}')) return [];
  return [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }];
}

function queryParameters({ takes, parameters }: RouteSpec): readonly object[] {
  if (takes !== 'query') return [];
  return Object.entries(parameters).map(([name, spec]) => {
    const { description, required } = spec;
    return { name, in: 'query', description, required, schema: schemaOf(spec) };
  });
}

function headerParameters(route: RouteSpec): readonly object[] {
  return Object.entries(requestHeadersOf(route))
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

function bodyOf({ takes, parameters }: RouteSpec): object {
  if (takes !== 'json' && takes !== 'form') return {};
  const specs = Object.entries(parameters);
  const properties = Object.fromEntries(
    specs.map(([name, spec]) => [name, { ...schemaOf(spec), description: spec.description }]),
  );
  const required = specs.filter(([, spec]) => spec.required).map(([name]) => name);
  const schema = { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
  return { requestBody: { required: required.length > 0, content: { [bodyTypes[takes]]: { schema } } } };
}

/** Each status once: what answers and errors say of it stands side by side. */
function responsesOf(route: RouteSpec, refer: Refer): object {
  const specs = [...route.answers, ...errorAnswers(route)];
  const statuses = [...new Set(specs.map(({ status }) => status))];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      responseOf(
        specs.filter((spec) => spec.status === status),
        refer,
      ),
    ]),
  );
}

/** The errors of a route as answers, one for each status. */
function errorAnswers(route: RouteSpec): readonly AnswerSpec[] {
  const codes = errorsOf(route);
  const statuses = [...new Set(codes.map((code) => errors[code].status))];
  return statuses.map((status) => {
    const entries = codes.map((code) => errors[code]).filter((entry) => entry.status === status);
    const description = `Error: ${[...new Set(entries.map(({ oauthError }) => oauthError))].join(', ')}.`;
    const retry = entries.some((entry) => entry.retry);
    return {
      status,
      description,
      body: jsonBody(errorSchema),
      ...(retry ? { headers: { 'Retry-After': 'seconds to wait before the same call' } } : {}),
    };
  });
}

function responseOf(specs: readonly AnswerSpec[], refer: Refer): object {
  // Of two that describe one header the first answer does.
  const described = specs.flatMap(({ headers = {} }) =>
    Object.entries(headers).map(([name, says]) => [name, { description: says, schema: { type: 'string' } }]),
  );
  const content = contentOf(specs, refer);
  return {
    description: specs.map(({ description }) => description).join(' '),
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described.toReversed()) as object }),
    ...(content === null ? {} : { content }),
  };
}

function contentOf(specs: readonly AnswerSpec[], refer: Refer): object | null {
  const bodies = specs.flatMap(({ body }) => (body === undefined ? [] : [body]));
  const types = [...new Set(bodies.map(({ type }) => type))];
  if (types.length === 0) return null;
  return Object.fromEntries(
    types.map((type) => {
      const schemas = bodies.flatMap((body) =>
        body.type === type && body.schema !== undefined ? [refer(body.schema)] : [],
      );
      const [schema] = schemas;
      const known = new Map(schemas.map((one) => [JSON.stringify(one), one]));
      if (schema === undefined) return [type, {}];
      return [type, { schema: known.size === 1 ? schema : { anyOf: [...known.values()] } }];
    }),
  );
}
