/**
 * A guard for Koa 3.
 *
 * @module pawl/verifier/adapters/koa
 */
import { type Gate, gateOf, groupedHeaders, guardedSession } from '../gate.js';
import type { NodeRequest } from '../../request/incoming.js';
import type { Requirements } from '../requirements.js';
import type { VerifiedSession } from '../session.js';

export type { Admitted, Denied, Gate, Guarded } from '../gate.js';

/** The part of a context of Koa that is read and written. */
export interface KoaContext {
  readonly req: NodeRequest;
  readonly originalUrl: string;
  readonly state: object;
  status: number;
  body: unknown;
  set(name: string, value: string | string[]): unknown;
}

/** Middleware, as `app.use` takes it. */
export type KoaGuard = (context: KoaContext, next: () => Promise<unknown>) => Promise<void>;

/**
 * Middleware that lets a request pass when its session is alive and has the scopes, and keeps the session in `context.state.auth`. Other
 * requests get the answer of the gate: 401, 403 or 503.
 *
 * @throws PawlError `option_invalid` for what is no gate and for scopes that are none
 */
export function requireSession(gate: Gate, requirements?: Requirements): KoaGuard {
  const judge = gateOf(gate, requirements);
  return async (context, next) => {
    const { method, rawHeaders, socket } = context.req;
    const judged = await judge({ method, url: context.originalUrl, rawHeaders, socket });
    for (const [name, value] of groupedHeaders(judged)) context.set(name, value);
    if (judged.ok) {
      Object.assign(context.state, { auth: judged.session });
      await next();
      return;
    }
    context.status = judged.status;
    context.body = judged.body;
  };
}

/**
 * The session of a request that the guard let pass.
 *
 * @throws PawlError `internal` when no guard ran before
 */
export function currentSession(context: Pick<KoaContext, 'state'>): VerifiedSession {
  return guardedSession('auth' in context.state ? context.state.auth : null);
}
