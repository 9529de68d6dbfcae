import { nothingToRefresh } from '../authority/modes.js';
import { PawlError } from '../errors.js';
import { errorResponse } from './answer-error.js';
import type { HttpResponse } from './exchange.js';
import type { Services } from './services.js';

/** @throws PawlError `unsupported_grant_type` where session tokens are handed out */
export function requireRefreshing({ authority }: Services): void {
  if (authority.mode === 'tokens') return;
  throw nothingToRefresh();
}

/** The answer to every refused refresh, whatever the cause. Only the cookies of a session that is over are taken away. */
export function refusedRefresh(cookies: HttpResponse['headers'] = []): HttpResponse {
  return errorResponse(new PawlError('invalid_grant', 'refresh refused'), cookies);
}
