import formbody from '@fastify/formbody';
import fastify, { type FastifyInstance } from 'fastify';
import type { Listener, Mount } from './mount.js';

async function listenerOf(app: FastifyInstance): Promise<Listener> {
  await app.ready();
  return (request, response) => app.routing(request, response);
}

export const fastifyMounts: readonly Mount[] = [
  {
    name: 'Fastify, in a scope without body parsers',
    listener: (auth) => {
      const app = fastify();
      void app.register((scope, _options, done) => {
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
        scope.all('/auth/*', (request, reply) => {
          reply.hijack();
          return auth.node(request.raw, reply.raw);
        });
        done();
      });
      return listenerOf(app);
    },
  },
  {
    name: 'Fastify, behind its body parsers and that of forms, in a plugin with a prefix',
    listener: (auth) => {
      const app = fastify();
      void app.register(formbody);
      const routes = (scope: FastifyInstance, _options: object, done: () => void): void => {
        scope.all('/*', (request, reply) => {
          reply.hijack();
          return auth.node(request.raw, reply.raw, { body: request.body });
        });
        done();
      };
      void app.register(routes, { prefix: '/auth' });
      return listenerOf(app);
    },
  },
];
