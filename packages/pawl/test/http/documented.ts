import { Ajv2020 } from 'ajv/dist/2020.js';
import { errors } from '../../src/errors.js';
import { standardModules } from '../../src/http/modules.js';
import { openApiOf } from '../../src/http/openapi.js';
import type { AnyRoute } from '../../src/http/route.js';
import { type AnswerSpec, errorsOf } from '../../src/http/route-spec.js';
import { createRouter } from '../../src/http/router.js';

/** A validator of others, so that the schemas mean to it what they mean to others. */
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });

/** The document with its references as a JSON Schema has them, which knows no components. */
const document = JSON.parse(
  JSON.stringify(
    openApiOf(
      'https://auth.example',
      standardModules.flatMap(({ routes }) => routes),
    ),
  ).replaceAll('#/components/schemas/', 'components#/$defs/'),
) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object };
};

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}

interface Media {
  readonly schema?: object;
}

ajv.addSchema({ $id: 'components', $defs: document.components.schemas });

/** An answer and what it is the answer to. */
export interface Exchange {
  readonly issuer: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly response: Response;
  /** Names of standard modules that the handler leaves out. */
  readonly without?: readonly string[];
}

/**
 * Refuses an answer of a standard route that the route does not document. Says nothing of 500, and of methods that a path does not have. The
 * answer stays unread.
 *
 * @throws Error naming the route and the answer
 */
export async function requireDocumented(exchange: Exchange): Promise<void> {
  const route = routeOf(exchange);
  const { response, method } = exchange;
  if (route === null || response.status === 500) return;
  const body = method === 'HEAD' ? null : await jsonOf(response);
  const fault = faultOf(route, response, body, method === 'HEAD');
  if (fault !== null) throw new Error(`${route.method} ${route.path} ${fault}`);
}

function routeOf({ issuer, method, path, without = [] }: Exchange): AnyRoute | null {
  const basePath = new URL(issuer).pathname.replace(/\/$/, '');
  const [pathname = ''] = path.split('?');
  if (!pathname.startsWith(`${basePath}/`)) return null;
  const router = createRouter(standardModules.filter(({ name }) => !without.includes(name)));
  const match = router.match(pathname.slice(basePath.length));
  return match?.routes.get(method === 'HEAD' ? 'GET' : method) ?? null;
}

/** The parsed body of a copy of an answer in JSON; null for another one. */
export async function jsonOf(response: Response): Promise<unknown> {
  if (response.headers.get('content-type') !== 'application/json') return null;
  return JSON.parse(await response.clone().text()) as unknown;
}

function faultOf(route: AnyRoute, response: Response, body: unknown, isHead: boolean): string | null {
  const { status } = response;
  const answers = route.answers.filter((answer) => answer.status === status);
  const code = (body as { readonly error?: string } | null)?.error ?? '';
  const isError = documentedErrors(route).includes(`${String(status)} ${code}`);
  if (isHead) return answers.length > 0 || status >= 400 ? null : `answered HEAD with ${String(status)}`;
  if (!isError && !answers.some((answer) => bodyFault(answer, response, body) === null)) {
    return `answered ${String(status)} ${code}, which it does not document as an answer of this body or as an error`;
  }
  return body === null ? null : documentFault(route, status, body);
}

function documentedErrors(route: AnyRoute): readonly string[] {
  return errorsOf(route).map((code) => `${String(errors[code].status)} ${errors[code].oauthError}`);
}

/** What is wrong with the type or the body of an answer; null for nothing. */
export function bodyFault(answer: AnswerSpec, response: Response, body: unknown): string | null {
  const type = response.headers.get('content-type')?.split(';')[0] ?? null;
  const documented = answer.body?.type ?? null;
  if (type !== documented) return `has the type ${String(type)} and documents ${String(documented)}`;
  const schema = answer.body?.schema;
  return schema === undefined ? null : schemaFault(schema, body);
}

function schemaFault(schema: object, body: unknown): string | null {
  const validate = ajv.compile(schema);
  return validate(body) ? null : ajv.errorsText(validate.errors, { dataVar: 'body' });
}

/** What the OpenAPI document has against a body in JSON; null for nothing. */
export function documentFault(route: AnyRoute, status: number, body: unknown): string | null {
  const response = document.paths[route.path]?.[route.method.toLowerCase()]?.responses[String(status)];
  const schema = response?.content?.['application/json']?.schema;
  if (schema === undefined) return `has no schema in the document for ${String(status)} in JSON`;
  const fault = schemaFault(schema, body);
  return fault === null ? null : `answered ${String(status)}, and the document has another body: ${fault}`;
}
