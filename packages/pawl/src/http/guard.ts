import { isPawlError } from '../errors.js';
import { type IncomingRequest, incomingOf, splitTarget } from '../request/incoming.js';
import { refuse } from '../request/refusal.js';
import type { Admitted, Denied, Requirements } from '../verifier/index.js';
import { requiredScopes } from '../verifier/requirements.js';
import { sessionOf } from '../verifier/session.js';
import { answerError } from './answer-error.js';
import { identifyCaller } from './caller.js';
import { nonceHeaders } from './dpop.js';
import type { Services } from './services.js';

/**
 * Says who makes a request to the application, by the rules of the own endpoints. The body stays the application's.
 *
 * @throws PawlError `option_invalid` when the requirements are none
 */
export async function judgeIncoming(
  services: Services,
  request: IncomingRequest,
  requirements: Requirements,
  onError: (error: unknown) => void,
): Promise<Admitted | Denied> {
  const scopes = requiredScopes(requirements);
  const { method, header, target } = incomingOf(request);
  const call = { method, header, ...splitTarget(target()) };
  const headers = nonceHeaders(services, call);
  const judged = await judge(services, call, scopes).catch((error: unknown) => ({
    ok: false as const,
    reason: isPawlError(error) ? error.code : 'internal',
    ...answerError(error, onError),
  }));
  return { ...judged, headers: [...(judged.headers ?? []), ...headers] };
}

async function judge(
  services: Services,
  call: Parameters<typeof identifyCaller>[1],
  scopes: readonly string[],
): Promise<Admitted | Denied> {
  const caller = await identifyCaller(services, call);
  if (!caller.ok) return caller;
  const session = sessionOf(caller.claims);
  return scopes.every((scope) => session.scopes.includes(scope))
    ? { ok: true, session }
    : refuse('insufficient-scope', { scope: scopes.join(' ') });
}
