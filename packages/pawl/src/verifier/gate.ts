import { PawlError } from '../errors.js';
import { hasMembers, invalid, kindOf } from '../option-checks.js';
import type { IncomingRequest } from '../request/incoming.js';
import type { Refusal } from '../request/refusal.js';
import { type Requirements, requiredScopes } from './requirements.js';
import type { VerifiedSession } from './session.js';

type Headers = readonly (readonly [name: string, value: string])[];

/** A request that may go on. */
export interface Admitted {
  readonly ok: true;
  readonly session: VerifiedSession;
  /** To be added to the answer of the application. */
  readonly headers?: Headers;
}

/** A refused request, and the complete answer to send. */
export interface Denied extends Omit<Refusal, 'reason'> {
  /** For logs. */
  readonly reason: string;
}

/** Who judges requests: a verifier, or the handler of `pawl/http` beside an embedded authority. */
export interface Gate {
  verify(request: IncomingRequest, requirements?: Requirements): Promise<Admitted | Denied>;
}

/**
 * Where guards keep the session: `request.auth`, `context.state.auth`, `context.get('auth')`. `session` and `user` belong to express-session,
 * @fastify/session and Passport.
 */
export interface Guarded {
  readonly auth: VerifiedSession;
}

/**
 * What a guard does with each request. Requirements are checked here, once.
 *
 * @throws PawlError `option_invalid`
 */
export function gateOf(
  gate: Gate,
  requirements: Requirements = {},
): (request: IncomingRequest) => Promise<Admitted | Denied> {
  if (!hasMembers(gate, { verify: 'function' })) {
    throw invalid('gate', `is ${kindOf(gate)}`, 'a verifier, or a handler of pawl/http');
  }
  const requireScope = requiredScopes(requirements);
  return (request) => gate.verify(request, { requireScope });
}

/**
 * The session that a guard has put there.
 *
 * @throws PawlError `internal` when no guard ran before: a mistake in the order of the application
 */
export function guardedSession(auth: unknown): VerifiedSession {
  if (typeof auth === 'object' && auth !== null && 'sessionId' in auth) return auth as VerifiedSession;
  throw new PawlError('internal', 'the session was asked for where no guard had run before');
}

/** Headers by name, for frameworks that take all values of one at once. */
export function groupedHeaders({ headers = [] }: Admitted | Denied): ReadonlyMap<string, string | string[]> {
  const grouped = new Map<string, string | string[]>();
  for (const [name, value] of headers) {
    const before = grouped.get(name);
    grouped.set(name, before === undefined ? value : [before, value].flat());
  }
  return grouped;
}
