import { Hono } from 'hono';
import type { Handler } from 'pawl/http';
import { type Gate, type Guarded, requireSession } from 'pawl/verifier/adapters/hono';

type Api = Hono<{ Variables: Guarded }>;

/** An API in Hono. With `auth` the authority is inside it, without it the API is a resource server. */
export function createHonoApi(gate: Gate, auth?: Handler): Api {
  const app: Api = new Hono();
  if (auth !== undefined) app.all('/auth/*', (context) => auth.fetch(context.req.raw));
  app.get('/api/me', requireSession(gate), (context) => {
    const { subject, scopes } = context.var.auth;
    return context.json({ subject, scopes });
  });
  app.post('/api/orders', requireSession(gate, { requireScope: 'orders:write' }), async (context) => {
    const { item } = await context.req.json<{ readonly item: string }>();
    return context.json({ item, orderedBy: context.var.auth.subject }, 201);
  });
  return app;
}
