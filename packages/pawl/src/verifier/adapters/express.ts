/**
 * A guard for Express 5.
 *
 * @module pawl/verifier/adapters/express
 */
import { type Gate, gateOf, groupedHeaders, guardedSession } from '../gate.js';
import type { NodeRequest } from '../../request/incoming.js';
import type { Requirements } from '../requirements.js';
import type { VerifiedSession } from '../session.js';

export type { Admitted, Denied, Gate, Guarded } from '../gate.js';

/** The part of a response of Express that is written. */
export interface ExpressResponse {
  statusCode: number;
  setHeader(name: string, value: string | readonly string[]): unknown;
  end(body: string): unknown;
}

/** Middleware, as `app.use` and `app.get` take it. */
export type ExpressGuard = (
  request: NodeRequest,
  response: ExpressResponse,
  next: () => void,
) => Promise<void>;

/**
 * Middleware that lets a request pass when its session is alive and has the scopes, and keeps the session in `request.auth`. Other requests get
 * the answer of the gate: 401, 403 or 503. An error that is not expected goes to the error handler, as Express 5 does with rejections.
 *
 * @throws PawlError `option_invalid` for what is no gate and for scopes that are none
 */
export function requireSession(gate: Gate, requirements?: Requirements): ExpressGuard {
  const judge = gateOf(gate, requirements);
  return async (request, response, next) => {
    const judged = await judge(request);
    for (const [name, value] of groupedHeaders(judged)) response.setHeader(name, value);
    if (judged.ok) {
      Object.assign(request, { auth: judged.session });
      next();
      return;
    }
    response.statusCode = judged.status;
    response.end(judged.body);
  };
}

/**
 * The session of a request that the guard let pass.
 *
 * @throws PawlError `internal` when no guard ran before
 */
export function currentSession(request: object): VerifiedSession {
  return guardedSession('auth' in request ? request.auth : null);
}
