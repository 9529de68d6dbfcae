import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Config, ConfigError } from '../config/config.js';
import { flagOf, variableOf } from '../config/options.js';

/** Limits on a connection. Requests are small: what takes longer holds a socket on purpose. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
} as const;

/** How often connections that have become idle are closed while the server stops. */
const idleCheckMilliseconds = 20;

export interface HttpServer {
  readonly port: number;
  /** Stops accepting, lets requests in flight finish for `graceSeconds`, then cuts the rest. */
  stop(graceSeconds: number): Promise<void>;
}

/** Where to listen, and the options that say so. */
export interface Endpoint extends Pick<Config, 'host' | 'port'> {
  readonly portOption: 'port' | 'operationsPort';
}

/**
 * Listens. Requests are answered from the first moment; the answerer may make them wait.
 *
 * @throws ConfigError when the address cannot be listened on
 */
export async function listen(
  endpoint: Endpoint,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<HttpServer> {
  const { host, port } = endpoint;
  const server = createServer(limits, (request, response) => void answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new ConfigError(whyNot(error, endpoint))));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    stop: (graceSeconds) => stop(server, graceSeconds),
  };
}

function whyNot(error: Error, { host, port, portOption }: Endpoint): string {
  const code = 'code' in error ? String(error.code) : 'failed';
  const variable = variableOf(portOption);
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is in use by another program; stop it, or set another one with --${flagOf(portOption)} or ${variable}.`;
  }
  if (code === 'EACCES') {
    return `Port ${port} may not be used without privilege; set another one with ${variable}.`;
  }
  return `Cannot listen on ${host} port ${port} (${code}).`;
}

async function stop(server: Server, graceSeconds: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), idleCheckMilliseconds);
  const cut = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}
