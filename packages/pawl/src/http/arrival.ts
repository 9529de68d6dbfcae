import { PawlError } from '../errors.js';
import { maxBodyBytes } from './exchange.js';
import { malformed } from './parameters.js';

/** What a framework did to a request before the handler got it. */
export interface Arrival {
  /** Path and query as the client sent them, where the framework has cut off the prefix that the handler is mounted under. */
  readonly url?: string;
  /** The body, where the framework has read it: a text, bytes, or what its parser made of JSON or of a form. */
  readonly body?: unknown;
}

/**
 * The text of a body that somebody else has read, so that every endpoint parses and judges it as if it had just arrived.
 *
 * A parser of JSON has dropped repeated members before, so nobody notices them any more.
 *
 * @throws PawlError `body_consumed` when nothing is left of it, `body_too_large`
 */
export function parsedBody(body: unknown, contentType: string | null): string {
  const text = textOf(body, contentType);
  if (Buffer.byteLength(text) > maxBodyBytes)
    throw new PawlError('body_too_large', 'parsed body over the limit');
  return text;
}

function textOf(body: unknown, contentType: string | null): string {
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array)
    return Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8');
  if (typeof body !== 'object' || body === null) {
    throw new PawlError(
      'body_consumed',
      'the body was read before the handler was called, and no parsed body is left: mount the handler before body parsers, or hand the body over',
    );
  }
  return contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true
    ? formOf(body)
    : jsonOf(body);
}

/** A parser reads what is nested deeper than can be written again. */
function jsonOf(body: object): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw malformed('The body must be a JSON object.');
  }
}

/** Members that are neither text nor a list of texts come from names like `a[b]`, which no endpoint knows. */
function formOf(body: object): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const one of values) if (typeof one === 'string') form.append(name, one);
  }
  return form.toString();
}
