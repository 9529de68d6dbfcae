import { type JsonObject, parseJsonObject } from '../base/json-object.js';
import type { PawlError } from '../errors.js';
import type { HttpRequest } from './exchange.js';
import { malformed, type ParameterSpec, type Parameters } from './parameters.js';
import type { AnyRoute } from './route.js';

const types = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;

/**
 * Reads what a route takes.
 *
 * @throws PawlError `invalid_request` for another content type, for what is no JSON object, and for a parameter that is repeated, or breaks
 * the rule that the route states; `body_too_large`, `body_consumed`
 * @see [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749.html#section-3.2)
 */
export async function readParameters(route: AnyRoute, request: HttpRequest): Promise<Parameters> {
  return parametersOf(route, await readValues(route, request));
}

type Values = ReadonlyMap<string, readonly unknown[]>;

async function readValues({ takes, parameters }: AnyRoute, request: HttpRequest): Promise<Values> {
  if (takes === 'nothing') return new Map();
  if (takes === 'query') return listed(new URLSearchParams(request.query));
  const body = await readTyped(request, types[takes]);
  if (takes === 'form') return listed(new URLSearchParams(body));
  const members = body === '' ? [] : Object.entries(parseObject(body));
  return new Map(
    members.map(([name, value]) => {
      const isList = Array.isArray(value) && specOf(parameters, name)?.count === 'many';
      return [name, isList ? (value as readonly unknown[]) : [value]];
    }),
  );
}

function listed(pairs: Iterable<readonly [string, string]>): Values {
  const values = new Map<string, unknown[]>();
  for (const [name, value] of pairs) {
    const before = values.get(name);
    if (before === undefined) values.set(name, [value]);
    else before.push(value);
  }
  return values;
}

async function readTyped(request: HttpRequest, expected: string): Promise<string> {
  const body = await request.readBody();
  const type = request.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== undefined && type !== expected && body !== '')
    throw malformed(`The content type must be ${expected}.`);
  return body;
}

function parseObject(body: string): JsonObject {
  const parsed = parseJsonObject(body);
  if (parsed.kind === 'repeated') throw repeated(parsed.name);
  if (parsed.kind === 'malformed') throw malformed('The body must be a JSON object.');
  return parsed.value;
}

function parametersOf(route: AnyRoute, values: Values): Parameters {
  for (const [name, found] of values) check(route, name, found);
  const first = (name: string): unknown => {
    const [value = null] = values.get(name) ?? [];
    return value === '' && route.takes !== 'json' ? null : value;
  };
  const optional = (name: string): string | null => first(name) as string | null;
  return {
    optional,
    required(name) {
      const value = optional(name);
      if (value === null || value === '') throw malformed(`The parameter "${name}" is missing.`);
      return value;
    },
    all: (name) => (values.get(name) ?? []).filter((value) => value !== '') as readonly string[],
    flag: (name) => first(name) as boolean | null,
    members: () => membersOf(route, values),
  };
}

/** Whoever copies the members would set the prototype of the copy by this name. */
const prototypeName = '__proto__';

function membersOf({ parameters }: AnyRoute, values: Values): Readonly<Record<string, unknown>> {
  const members = [...values].filter(([name]) => name !== prototypeName);
  return Object.fromEntries(
    members.map(([name, found]) => [name, specOf(parameters, name)?.count === 'many' ? found : found[0]]),
  );
}

/** What is not in the list of a route is ignored, as OAuth 2 says, but never silently one of two. */
function check(route: AnyRoute, name: string, found: readonly unknown[]): void {
  const spec = specOf(route.parameters, name);
  if (spec === undefined && route.strict === true) throw unknown(route);
  if (spec?.count !== 'many' && found.length > 1) throw repeated(name);
  if (spec === undefined) return;
  if (route.strict === true && found.includes('')) throw malformed(`The parameter "${name}" is empty.`);
  for (const value of found) checkValue(name, spec, value);
}

function specOf(parameters: AnyRoute['parameters'], name: string): ParameterSpec | undefined {
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined;
}

function checkValue(name: string, spec: ParameterSpec, value: unknown): void {
  if (value === null) return;
  if (spec.type === 'flag') {
    if (typeof value !== 'boolean') throw malformed(`The parameter "${name}" must be true or false.`);
    return;
  }
  if (typeof value !== 'string') throw malformed(`The parameter "${name}" must be a text.`);
  if (value !== '' && spec.values !== undefined && !spec.values.includes(value)) {
    const names = spec.values.map((one) => `"${one}"`);
    throw malformed(`The parameter "${name}" must be ${names.join(' or ')}.`);
  }
}

function unknown({ parameters }: AnyRoute): PawlError {
  const names = Object.keys(parameters).map((name) => `"${name}"`);
  return malformed(`The query may hold no other parameter than ${names.join(', ')}.`);
}

function repeated(name: string): PawlError {
  // A name is quoted only when it looks like one: it comes from the caller.
  const shown = /^[\w.-]{1,40}$/.test(name) ? `The parameter "${name}"` : 'A parameter';
  return malformed(`${shown} is repeated.`);
}
