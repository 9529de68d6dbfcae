import { isPawlError, PawlError } from '../errors.js';
import { challenge } from './bearer.js';
import { errorResponse } from './error-response.js';
import type { HttpRequest, TextResponse } from './exchange.js';
import type { Services } from './handler.js';

/** The answer to a request that ended with an error. One that is the server's own goes to `onError` first. */
export function answerError(
  services: Services,
  request: HttpRequest,
  error: unknown,
  onError: (error: unknown) => void,
): TextResponse {
  const known = isPawlError(error) ? error : new PawlError('internal', 'unexpected error', { cause: error });
  if (known.entry.status >= 500) onError(error);
  if (known.code === 'invalid_token' || known.code === 'token_unproven')
    return errorResponse(known, challenge(services, request, known.entry.oauthError));
  if (known.code === 'invalid_client')
    return errorResponse(known, [['www-authenticate', 'Basic realm="pawl"']]);
  return errorResponse(known);
}
