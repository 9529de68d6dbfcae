import { json } from 'node:stream/consumers';
import Koa from 'koa';
import type { Handler } from 'pawl/http';
import { type Gate, type Guarded, requireSession } from 'pawl/verifier/adapters/koa';

/** An API in Koa 3. With `auth` the authority is inside it, without it the API is a resource server. */
export function createKoaApi(gate: Gate, auth?: Handler): Koa<Guarded> {
  const app = new Koa<Guarded>();
  app.use(async (context, next) => {
    if (auth === undefined || !context.path.startsWith('/auth/')) {
      await next();
      return;
    }
    context.respond = false;
    await auth.node(context.req, context.res);
  });

  const mayRead = requireSession(gate);
  const mayOrder = requireSession(gate, { requireScope: 'orders:write' });
  app.use(async (context) => {
    if (['GET', 'HEAD'].includes(context.method) && context.path === '/api/me') {
      await mayRead(context, async () => {
        const { subject, scopes } = context.state.auth;
        context.body = { subject, scopes };
      });
    } else if (context.method === 'POST' && context.path === '/api/orders') {
      await mayOrder(context, async () => {
        const { item } = (await json(context.req)) as { readonly item: string };
        context.status = 201;
        context.body = { item, orderedBy: context.state.auth.subject };
      });
    }
  });
  return app;
}
