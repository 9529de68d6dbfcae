/**
 * A guard for Fastify 5.
 *
 * @module pawl/verifier/adapters/fastify
 */
import { type Gate, gateOf, groupedHeaders, guardedSession } from '../gate.js';
import type { NodeRequest } from '../../request/incoming.js';
import type { Requirements } from '../requirements.js';
import type { VerifiedSession } from '../session.js';

export type { Admitted, Denied, Gate, Guarded } from '../gate.js';

/** The part of a request of Fastify that is read. */
export interface FastifyRequest {
  readonly originalUrl: string;
  readonly raw: NodeRequest;
}

/** The part of a reply of Fastify that is written. */
export interface FastifyReply {
  code(status: number): unknown;
  header(name: string, value: string | string[]): unknown;
  send(body: Uint8Array): unknown;
}

/** A hook, as `onRequest` takes it. */
export type FastifyGuard = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/**
 * A hook for `onRequest`, so that the body of a refused request is not parsed. It lets a request pass when its session is alive and has the
 * scopes, and keeps the session in `request.auth`. Other requests get the answer of the gate: 401, 403 or 503.
 *
 * @throws PawlError `option_invalid` for what is no gate and for scopes that are none
 */
export function requireSession(gate: Gate, requirements?: Requirements): FastifyGuard {
  const judge = gateOf(gate, requirements);
  return async (request, reply) => {
    const { method, rawHeaders, socket } = request.raw;
    const judged = await judge({ method, url: request.originalUrl, rawHeaders, socket });
    for (const [name, value] of groupedHeaders(judged)) reply.header(name, value);
    if (judged.ok) {
      Object.assign(request, { auth: judged.session });
      return undefined;
    }
    reply.code(judged.status);
    // To the content type of a text Fastify adds a charset.
    return reply.send(new TextEncoder().encode(judged.body));
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
