import type { JsonWebKey } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Start } from './messages.js';
import { obeyOrders, ownUsage, type Running } from './orders.js';
import { openConnections } from './open-connections.js';

export interface Setup extends Start {
  /** The address that the server will have, or the first of its processes has. */
  readonly origin: string;
}

export interface Prepared {
  readonly listener: RequestListener;
  readonly refreshTokens: readonly string[];
  readonly publicKey: JsonWebKey;
  close(): Promise<void>;
}

/** Makes this process a candidate: it listens on a free loopback port and takes orders from its parent. */
export function serve(prepare: (setup: Setup) => Promise<Prepared>): void {
  obeyOrders((order) => listen(order, prepare));
}

async function listen(order: Start, prepare: (setup: Setup) => Promise<Prepared>): Promise<Running> {
  const server = createServer(openConnections);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = order.issuer ?? `http://127.0.0.1:${port}`;
  const prepared = await prepare({ ...order, origin });
  const { refreshTokens, publicKey } = prepared;
  server.on('request', prepared.listener);
  return {
    ...{ port, origin, refreshTokens, publicKey },
    usage: ownUsage,
    async stop() {
      server.closeAllConnections();
      server.close();
      await prepared.close();
    },
  };
}
