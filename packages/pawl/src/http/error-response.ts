import type { PawlError } from '../errors.js';
import { type HttpResponse, json, type TextResponse } from './exchange.js';

/**
 * The one place where an error becomes an answer: status, OAuth error and text come from the catalogue.
 *
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749.html#section-5.2)
 */
export function errorResponse(error: PawlError, headers: HttpResponse['headers'] = []): TextResponse {
  const { status, oauthError, retry } = error.entry;
  const retryAfter = retry ? ([['retry-after', String(Math.ceil(error.retryAfterSeconds))]] as const) : [];
  return json(status, { error: oauthError, error_description: error.publicText }, [
    ...retryAfter,
    ...headers,
  ]);
}
