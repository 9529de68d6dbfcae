import express, { type Express } from 'express';
import type { Mount } from './mount.js';

/** An application that sets a cookie and a header of its own before ours. */
function application(): Express {
  return express().use((_request, response, next) => {
    response.cookie('theme', 'dark');
    response.set('x-application', 'yes');
    next();
  });
}

/** Wraps `writeHead` as compression, sessions and loggers do, and understands a status alone. */
const wrapped: express.RequestHandler = (_request, response, next) => {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (status: number, ...rest: readonly unknown[]) => {
    if (rest.length > 0) throw new Error('headers in a form that the wrapper does not know');
    return writeHead(status);
  };
  next();
};

export const expressMounts: readonly Mount[] = [
  {
    name: 'Express, before body parsers, under a prefix',
    listener: (auth) =>
      application()
        .use('/auth', (request, response) => auth.node(request, response))
        .use(express.json()),
  },
  {
    name: 'Express, behind body parsers, under a prefix',
    listener: (auth) =>
      application()
        .use(express.json(), express.urlencoded({ extended: true }))
        .use('/auth', (request, response) => auth.node(request, response)),
  },
  {
    name: 'Express, behind raw and text parsers, as a route',
    listener: (auth) =>
      application()
        .use(express.raw({ type: 'application/json' }), express.text({ type: '*/*' }))
        .all('/auth/{*rest}', (request, response) => auth.node(request, response)),
  },
  {
    name: 'Express, in a router of a router, behind a wrapper of writeHead',
    listener: (auth) => {
      const inner = express.Router().use((request, response) => auth.node(request, response));
      return application().use(wrapped, express.Router().use('/auth', inner));
    },
  },
];
