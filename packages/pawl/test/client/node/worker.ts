// A process of its own that shares a session folder with others; calls the API each time it is told to, and says what came of it.
import { createClient } from '../../../src/client/index.js';
import { createFileStorage } from '../../../src/client/node/index.js';
import type { WorkerOptions } from './worker-process.js';

const { issuer, folder, name, binding } = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;

const client = createClient({
  issuer,
  binding,
  storage: createFileStorage({ folder }),
  fetch: (input, init) => {
    const request = new Request(input, init);
    // So that the test knows whom it kills.
    request.headers.set('x-worker', name);
    return fetch(request);
  },
});

process.on('message', (order: string) => {
  void client.fetch(`${issuer}/userinfo`).then(
    async ({ status }) => process.send?.({ order, status, session: await client.session() }),
    (error: unknown) => process.send?.({ order, status: String(error) }),
  );
});
process.send?.('ready');
