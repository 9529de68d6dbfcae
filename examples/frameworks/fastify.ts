import fastify, { type FastifyInstance } from 'fastify';
import type { Handler } from 'pawl/http';
import { currentSession, type Gate, requireSession } from 'pawl/verifier/adapters/fastify';

/** An API in Fastify 5. With `auth` the authority is inside it, without it the API is a resource server. */
export function createFastifyApi(gate: Gate, auth?: Handler): FastifyInstance {
  const app = fastify();
  if (auth !== undefined) mountAuthority(app, auth);
  app.decorateRequest('auth', null);
  void app.register(
    (api, _options, done) => {
      api.get('/me', { onRequest: requireSession(gate) }, (request) => {
        const { subject, scopes } = currentSession(request);
        return { subject, scopes };
      });
      const mayOrder = requireSession(gate, { requireScope: 'orders:write' });
      api.post<{ Body: { readonly item: string } }>('/orders', { onRequest: mayOrder }, (request, reply) => {
        reply.code(201);
        return { item: request.body.item, orderedBy: currentSession(request).subject };
      });
      done();
    },
    { prefix: '/api' },
  );
  return app;
}

/** In a scope of its own: there the bodies stay unread, forms too. */
function mountAuthority(app: FastifyInstance, auth: Handler): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    scope.all('/auth/*', (request, reply) => {
      reply.hijack();
      return auth.node(request.raw, reply.raw);
    });
    done();
  });
}
