import { PawlError } from '../errors.js';
import type { HttpRequest } from './exchange.js';
import { repeatedMember } from '../base/repeated-member.js';

/** The parameters of one request, each named once. */
export interface Parameters {
  /** A text parameter, or null when it is absent. */
  optional(name: string): string | null;
  /** @throws PawlError `invalid_request` naming the parameter when it is absent */
  required(name: string): string;
}

/**
 * Reads a JSON object. An absent body counts as an object without members.
 *
 * @throws PawlError `invalid_request` for another content type, for what is not a JSON object, and for a repeated member
 */
export async function readJson(request: HttpRequest): Promise<Parameters> {
  const body = await readTyped(request, 'application/json');
  return parametersOf(body === '' ? new Map() : new Map(Object.entries(parseObject(body))));
}

/**
 * Reads a form (`application/x-www-form-urlencoded`). An absent body counts as a form without parameters.
 *
 * @throws PawlError `invalid_request` for another content type and for a repeated parameter
 * @see [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749.html#section-3.2)
 */
export async function readForm(request: HttpRequest): Promise<Parameters> {
  const body = await readTyped(request, 'application/x-www-form-urlencoded');
  const values = new Map<string, unknown>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (values.has(name)) throw repeated(name);
    // RFC 6749 §3.2: a parameter without a value is treated as if it were omitted.
    if (value !== '') values.set(name, value);
  }
  return parametersOf(values);
}

async function readTyped(request: HttpRequest, expected: string): Promise<string> {
  const body = await request.readBody();
  const type = request.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== undefined && type !== expected && body !== '')
    throw malformed(`The content type must be ${expected}.`);
  return body;
}

function parseObject(body: string): object {
  const value = parse(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('The body must be a JSON object.');
  }
  const name = repeatedMember(body);
  if (name !== null) throw repeated(name);
  return value;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own message quotes the body, which may hold a password.
    throw malformed('The body must be a JSON object.');
  }
}

function parametersOf(values: ReadonlyMap<string, unknown>): Parameters {
  const optional = (name: string): string | null => {
    const value = values.get(name) ?? null;
    if (value !== null && typeof value !== 'string')
      throw malformed(`The parameter "${name}" must be a text.`);
    return value;
  };
  return {
    optional,
    required(name) {
      const value = optional(name);
      if (value === null || value === '') throw malformed(`The parameter "${name}" is missing.`);
      return value;
    },
  };
}

/** Of a request that has none. */
export const noParameters: Parameters = parametersOf(new Map());

/** An `invalid_request` with a sentence for the caller, which must not quote a value that was sent. */
export function malformed(detail: string): PawlError {
  return new PawlError('invalid_request', detail, { detail });
}

function repeated(name: string): PawlError {
  // A name is quoted only when it looks like one: it comes from the caller.
  const shown = /^[\w.-]{1,40}$/.test(name) ? `The parameter "${name}"` : 'A parameter';
  return malformed(`${shown} is repeated.`);
}
