import express, { type Express } from 'express';
import type { Handler } from 'pawl/http';
import { currentSession, type Gate, requireSession } from 'pawl/verifier/adapters/express';

/** An API in Express 5. With `auth` the authority is inside it, without it the API is a resource server. */
export function createExpressApi(gate: Gate, auth?: Handler): Express {
  const app = express();
  if (auth !== undefined) app.use('/auth', (request, response) => auth.node(request, response));

  const api = express.Router();
  api.get('/me', requireSession(gate), (request, response) => {
    const { subject, scopes } = currentSession(request);
    response.json({ subject, scopes });
  });
  // The guard comes first: the body of a refused call is not read.
  api.post(
    '/orders',
    requireSession(gate, { requireScope: 'orders:write' }),
    express.json(),
    (request, response) => {
      const { item } = request.body as { readonly item: string };
      response.status(201).json({ item, orderedBy: currentSession(request).subject });
    },
  );
  return app.use('/api', api);
}
