import { isPawlError, PawlError } from '../errors.js';
import type { Admitted, Denied, IncomingRequest, Requirements } from '../verifier/index.js';
import { type Incoming, incomingOf } from '../verifier/incoming.js';
import { requiredScopes } from '../verifier/requirements.js';
import { sessionOf } from '../verifier/session.js';
import { answerError } from './answer-error.js';
import { splitTarget } from './arrival.js';
import { insufficientScope, requireCaller } from './bearer.js';
import { nonceHeaders } from './dpop.js';
import type { HttpRequest, HttpResponse, TextResponse } from './exchange.js';
import type { Services } from './handler.js';
import { callKind } from './same-origin.js';

/**
 * Says who makes a request to the application, by the rules of the own endpoints.
 *
 * @throws PawlError `option_invalid` when the requirements are none
 */
export async function judgeIncoming(
  services: Services,
  incoming: IncomingRequest,
  requirements: Requirements,
  onError: (error: unknown) => void,
): Promise<Admitted | Denied> {
  const scopes = requiredScopes(requirements);
  const request = requestOf(incomingOf(incoming));
  const nonce = nonceHeaders(services, request);
  try {
    const { claims } = await requireCaller(services, request, callKind(request.method));
    const session = sessionOf(claims);
    return scopes.every((scope) => session.scopes.includes(scope))
      ? { ok: true, session, headers: nonce }
      : denied('insufficient-scope', insufficientScope(scopes), nonce);
  } catch (error) {
    const reason = isPawlError(error) ? error.message : 'unexpected error';
    return denied(reason, answerError(services, request, error, onError), nonce);
  }
}

function denied(reason: string, answer: TextResponse, nonce: HttpResponse['headers']): Denied {
  const { status, headers, body } = answer;
  return { ok: false, reason, status, headers: [...headers, ...nonce], body };
}

/** The body stays the application's. */
function requestOf(incoming: Incoming): HttpRequest {
  return {
    method: incoming.method,
    ...splitTarget(incoming.url().replace(/^https?:\/\/[^/?#]*/i, '')),
    header(name) {
      const values = incoming.header(name);
      return values.length === 0 ? null : values.join(name === 'cookie' ? '; ' : ', ');
    },
    address: null,
    readBody: async () => {
      throw new PawlError('internal', 'a guard reads no body');
    },
  };
}
