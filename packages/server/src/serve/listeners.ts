import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from 'pawl/http';
import type { Config } from '../config/config.js';
import { origin } from '../config/locations.js';
import { type Endpoint, type HttpServer, listen } from './http-server.js';

/** What the server listens on. */
export interface Listeners {
  readonly address: string;
  /** Of health and metrics, where they have a port of their own. */
  readonly operationsAddress: string | null;
  /** As of {@link HttpServer}, for each. */
  stop(graceSeconds: number): Promise<void>;
}

/** What answers the requests of one port. */
type Listener = Pick<Handler, 'node'>;

/**
 * Listens on the public port and, when there is one, on that of the operations. Requests wait for the handler.
 *
 * @throws ConfigError when one of the addresses cannot be listened on; nothing stays open then
 */
export async function openListeners(
  { host, port, operationsHost, operationsPort }: Config,
  handler: Promise<Handler>,
): Promise<Listeners> {
  const own = await open({ host, port, portOption: 'port' }, () => handler);
  if (operationsPort === null) return { ...own, operationsAddress: null };
  const endpoint = {
    host: operationsHost ?? host,
    port: operationsPort,
    portOption: 'operationsPort',
  } as const;
  try {
    const other = await open(endpoint, async () => (await handler).operations);
    return {
      address: own.address,
      operationsAddress: other.address,
      async stop(graceSeconds) {
        await Promise.all([own.stop(graceSeconds), other.stop(graceSeconds)]);
      },
    };
  } catch (error) {
    await own.stop(0);
    throw error;
  }
}

async function open(
  endpoint: Endpoint,
  listener: () => Promise<Listener>,
): Promise<{ readonly address: string; readonly stop: HttpServer['stop'] }> {
  const server = await listen(endpoint, (request, response) => answer(listener, request, response));
  return { address: origin(endpoint.host, server.port), stop: (graceSeconds) => server.stop(graceSeconds) };
}

async function answer(
  listener: () => Promise<Listener>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await (await listener()).node(request, response);
  } catch {
    // The handler answers every error itself: only the socket can be gone.
    response.destroy();
  }
}
