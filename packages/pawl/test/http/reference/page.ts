import { errors } from '../../../src/errors.js';
import type { ParameterSpec } from '../../../src/http/parameters.js';
import type { StandardModule } from '../../../src/http/options.js';
import type { AnyRoute, HandlerModule } from '../../../src/http/route.js';
import { type AnswerSpec, errorsOf, requestHeadersOf, type Schema } from '../../../src/http/route-spec.js';
import { errorSchema } from '../../../src/http/schemas.js';
import { generalRules } from './general-rules.js';
import { membersCell, namedSchemas, schemaSection } from './schema-text.js';
import { anchorOf, paragraphs, table } from './markdown.js';

/** What the modules are for, in the order of the page. */
const purposes: Readonly<Record<StandardModule, string>> = {
  sessions: 'Logins, their tokens, and what their owners and resource servers ask about them.',
  dbsc: 'What browsers call by themselves, when they bind a session to a key ([possession](possession.md)).',
  discovery: 'What others find the server by.',
  operations: 'Health and metrics, for whoever runs the server.',
};

/** The whole of docs/http.md. */
export function referencePage(modules: readonly HandlerModule[]): string {
  const routes = modules.flatMap((module) => module.routes);
  const schemas = namedSchemas([
    errorSchema,
    ...routes.flatMap(({ answers }) => answers.flatMap(({ body }) => body?.schema ?? [])),
  ]);
  return `${paragraphs([
    generalRules,
    '## Routes',
    routesTable(modules),
    ...modules.flatMap(moduleSections),
    '## Bodies',
    'Members of the JSON bodies that have a name above, and in the document of `GET /openapi.json`.',
    ...schemas.flatMap(schemaSection),
  ])}\n`;
}

function titleOf({ method, path }: AnyRoute): string {
  return `${method} ${path}`;
}

function routesTable(modules: readonly HandlerModule[]): string {
  const rows = modules.flatMap(({ name, routes }) =>
    routes.map((route) => {
      const title = titleOf(route);
      return [`[\`${title}\`](#${anchorOf(title)})`, callers[route.caller], `\`${name}\``];
    }),
  );
  return table(['route', 'who may call it', 'module'], rows);
}

function moduleSections({ name, routes }: HandlerModule): readonly string[] {
  const purpose = purposes[name as StandardModule];
  return [`## Module \`${name}\``, purpose, ...routes.flatMap(routeSection)];
}

const callers: Readonly<Record<AnyRoute['caller'], string>> = {
  anybody: 'anybody',
  session: 'the holder of a session',
  client: 'a registered client',
};

const credentials: Readonly<Record<AnyRoute['caller'], string>> = {
  anybody: 'anybody.',
  session:
    'the holder of a session, with an access token or a session token in `Authorization`, or with its cookie.',
  client: 'a registered client, with its id and secret by HTTP Basic or, where there is a form, in the form.',
};

const places: Readonly<Record<AnyRoute['takes'], string>> = {
  nothing: 'none',
  query: 'in the query',
  json: 'a JSON object (`application/json`)',
  form: 'a form (`application/x-www-form-urlencoded`)',
};

function routeSection(route: AnyRoute): readonly string[] {
  const { summary, caller, accepts, specification, takes, path, strict, example } = route;
  const facts = [
    `- Who may call it: ${credentials[caller]}${accepts === 'bearer' ? ' A token that is bound to a key is refused.' : ''}`,
    `- Parameters: ${places[takes]}.${strict === true ? ' Unknown and empty ones are refused.' : ''}`,
    ...(path.endsWith('{id}') ? ['- `{id}` in the path is the id of a session.'] : []),
    ...(specification === undefined ? [] : [`- Specification: ${specification}.`]),
  ];
  return [
    `### ${titleOf(route)}`,
    summary,
    facts.join('\n'),
    ...parametersTable(route),
    ...headersTable(route),
    answersTable(route.answers),
    ...errorsTable(route),
    ...(example === undefined ? [] : [`\`\`\`sh\n${example}\n\`\`\``]),
  ];
}

function parametersTable({ parameters }: AnyRoute): readonly string[] {
  const rows = Object.entries(parameters).map(([name, spec]) => [
    `\`${name}\``,
    spec.count,
    spec.required ? 'yes' : 'no',
    meaningOf(spec),
  ]);
  return rows.length === 0 ? [] : [table(['parameter', 'one or many', 'required', 'what'], rows)];
}

function meaningOf({ description, type, values }: ParameterSpec): string {
  const allowed = type === 'flag' ? ['true', 'false'] : (values ?? []);
  if (allowed.length === 0) return description;
  return `${description} One of ${allowed.map((value) => `\`${value}\``).join(', ')}.`;
}

function headersTable(route: AnyRoute): readonly string[] {
  const rows = Object.entries(requestHeadersOf(route)).map(([name, says]) => [`\`${name}\``, says]);
  return rows.length === 0 ? [] : [table(['header of the request', 'what'], rows)];
}

function answersTable(answers: readonly AnswerSpec[]): string {
  const rows = answers.map(({ status, description, headers = {}, body }) => [
    String(status),
    description,
    Object.entries(headers)
      .map(([name, says]) => `\`${name}\`: ${says}`)
      .join('<br>') || '–',
    bodyCell(body),
  ]);
  return table(['status', 'answer', 'headers', 'body'], rows);
}

function bodyCell(body: AnswerSpec['body']): string {
  if (body === undefined) return 'none';
  const schema: Schema | undefined = body.schema;
  return schema === undefined ? `\`${body.type}\`` : membersCell(schema);
}

function errorsTable(route: AnyRoute): readonly string[] {
  const rows = errorsOf(route)
    .map((code) => errors[code])
    .toSorted((one, other) => one.status - other.status)
    .map(({ status, oauthError, publicText }) => [String(status), `\`${oauthError}\``, publicText]);
  return rows.length === 0 ? [] : [table(['status', '`error`', 'what it says'], rows)];
}
