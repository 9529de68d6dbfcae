import { PawlError } from '../errors.js';
import { errorResponse } from './error-response.js';
import type { HttpResponse } from './exchange.js';

/** The answer to every refused refresh, whatever the cause. Only the cookies of a session that is over are taken away. */
export function refusedRefresh(cookies: HttpResponse['headers'] = []): HttpResponse {
  return errorResponse(new PawlError('invalid_grant', 'refresh refused'), cookies);
}
