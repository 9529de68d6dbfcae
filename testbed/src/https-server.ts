import { createServer, type Server } from 'node:https';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificate.js';

/** An HTTPS server of a test, on a free port of this machine. */
export interface HttpsServer {
  readonly port: number;
  /** `https://NAME:PORT`; `localhost` and every name below it lead here. */
  origin(name?: string): string;
  /** Replaces what answers. */
  answerWith(listener: RequestListener): void;
  /** Closes the server and its connections. */
  close(): Promise<void>;
}

/** Listens with a certificate from `createCertificate`. */
export async function startHttpsServer(
  certificate: Certificate,
  listener: RequestListener = (_request, response) => response.writeHead(503).end(),
): Promise<HttpsServer> {
  let current = listener;
  const { key, cert } = certificate;
  const server: Server = createServer({ key, cert }, (request, response) => {
    current(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: (name = 'localhost') => `https://${name}:${String(port)}`,
    answerWith: (next) => {
      current = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
