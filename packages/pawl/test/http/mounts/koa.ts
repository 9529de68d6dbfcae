import { parse } from 'node:querystring';
import { text } from 'node:stream/consumers';
import Koa, { type Middleware } from 'koa';
import type { Mount } from './mount.js';

/** Leaves what it parsed where the body parsers of Koa do. */
const bodyParser: Middleware = async (context, next) => {
  const body = await text(context.req);
  const parsed: unknown = context.is('urlencoded') ? parse(body) : body === '' ? undefined : JSON.parse(body);
  Object.assign(context.request, { body: parsed });
  await next();
};

/** Cuts the prefix off the path as koa-mount does. */
const mounted: Middleware = async (context, next) => {
  context.path = context.path.replace(/^\/auth/, '');
  await next();
};

export const koaMounts: readonly Mount[] = [
  {
    name: 'Koa, before body parsers',
    listener: (auth) => {
      const app = new Koa();
      app.use(async (context, next) => {
        if (!context.path.startsWith('/auth/')) {
          await next();
          return;
        }
        context.respond = false;
        await auth.node(context.req, context.res);
      });
      return app.callback();
    },
  },
  {
    name: 'Koa, behind a body parser, where the prefix is cut off',
    listener: (auth) => {
      const app = new Koa();
      app.use(bodyParser).use(mounted);
      app.use(async (context) => {
        context.cookies.set('theme', 'dark');
        context.respond = false;
        const { body } = context.request as { readonly body?: unknown };
        await auth.node(context.req, context.res, { url: context.originalUrl, body });
      });
      return app.callback();
    },
  },
];
