/**
 * A guard for plain `node:http`.
 *
 * @module pawl/verifier/adapters/node
 */
import { type Gate, gateOf, groupedHeaders } from '../gate.js';
import type { NodeRequest } from '../../request/incoming.js';
import type { Requirements } from '../requirements.js';
import type { VerifiedSession } from '../session.js';

export type { Admitted, Denied, Gate } from '../gate.js';

/** The part of a response of `node:http` that is written. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string | readonly string[]): unknown;
  end(body: string): unknown;
}

/** Resolves to the session, or to null when the request was refused and answered. */
export type NodeGuard = (request: NodeRequest, response: NodeResponse) => Promise<VerifiedSession | null>;

/**
 * A function that resolves to the session of a request when it is alive and has the scopes. Otherwise it sends the answer of the gate, 401,
 * 403 or 503, and resolves to null: there is nothing left to do for the request.
 *
 * @throws PawlError `option_invalid` for what is no gate and for scopes that are none
 */
export function requireSession(gate: Gate, requirements?: Requirements): NodeGuard {
  const judge = gateOf(gate, requirements);
  return async (request, response) => {
    const judged = await judge(request);
    for (const [name, value] of groupedHeaders(judged)) response.setHeader(name, value);
    if (judged.ok) return judged.session;
    response.statusCode = judged.status;
    response.end(judged.body);
    return null;
  };
}
