import { isPawlError, PawlError } from '../errors.js';
import { json, type HttpResponse, type TextResponse } from './exchange.js';

/** The error of a request. One that is the server's own goes to `onError` first. */
export function reported(error: unknown, onError: (error: unknown) => void): PawlError {
  const known = isPawlError(error) ? error : new PawlError('internal', 'unexpected error', { cause: error });
  if (known.entry.status >= 500) onError(error);
  return known;
}

/** The answer to a request that ended with an error, reported as {@link reported} does. */
export function answerError(error: unknown, onError: (error: unknown) => void): TextResponse {
  const known = reported(error, onError);
  // RFC 6749 §5.2: the challenge of the scheme that clients authenticate with.
  return errorResponse(
    known,
    known.code === 'invalid_client' ? [['www-authenticate', 'Basic realm="pawl"']] : [],
  );
}

/**
 * The one place where an error becomes an answer: status, OAuth error and text come from the catalogue.
 *
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749.html#section-5.2)
 */
export function errorResponse(error: PawlError, headers: HttpResponse['headers'] = []): TextResponse {
  const { status, retry } = error.entry;
  const retryAfter = retry ? ([['retry-after', String(Math.ceil(error.retryAfterSeconds))]] as const) : [];
  return json(status, errorBody(error), [...retryAfter, ...headers]);
}

/** What the body of every error says. */
export function errorBody({ entry, publicText }: Pick<PawlError, 'entry' | 'publicText'>): {
  readonly error: string;
  readonly error_description: string;
} {
  return { error: entry.oauthError, error_description: publicText };
}
