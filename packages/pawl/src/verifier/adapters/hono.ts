/**
 * A guard for Hono, in any runtime.
 *
 * @module pawl/verifier/adapters/hono
 */
import { type Gate, gateOf, guardedSession } from '../gate.js';
import type { WebRequest } from '../../request/incoming.js';
import type { Requirements } from '../requirements.js';
import type { VerifiedSession } from '../session.js';

export type { Admitted, Denied, Gate, Guarded } from '../gate.js';

/** The part of a context of Hono that is read and written. */
export interface HonoContext {
  readonly req: { readonly raw: WebRequest };
  get(name: 'auth'): unknown;
  set(name: 'auth', session: VerifiedSession): void;
  header(name: string, value: string): void;
}

/** Middleware, as `app.use` takes it. */
export type HonoGuard = (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>;

/**
 * Middleware that lets a request pass when its session is alive and has the scopes, and keeps the session as `context.get('auth')`; with
 * `new Hono<{ Variables: Guarded }>()` that has its type. Other requests get the answer of the gate: 401, 403 or 503.
 *
 * @throws PawlError `option_invalid` for what is no gate and for scopes that are none
 */
export function requireSession(gate: Gate, requirements?: Requirements): HonoGuard {
  const judge = gateOf(gate, requirements);
  return async (context, next) => {
    const judged = await judge(context.req.raw);
    if (judged.ok) {
      context.set('auth', judged.session);
      await next();
      // Before, the answer of a handler that makes its own Response would not have them.
      for (const [name, value] of judged.headers ?? []) context.header(name, value);
      return undefined;
    }
    const headers = new Headers();
    for (const [name, value] of judged.headers) headers.append(name, value);
    return new Response(judged.body, { status: judged.status, headers });
  };
}

/**
 * The session of a request that the guard let pass.
 *
 * @throws PawlError `internal` when no guard ran before
 */
export function currentSession(context: Pick<HonoContext, 'get'>): VerifiedSession {
  return guardedSession(context.get('auth'));
}
