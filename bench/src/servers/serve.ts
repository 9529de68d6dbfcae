import type { JsonWebKey } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerOrder, ServerReport } from './messages.js';

export interface Setup {
  readonly variant: string;
  readonly sessions: number;
  /** An empty folder for files. */
  readonly folder: string;
  /** The address that the server will have. */
  readonly origin: string;
}

export interface Prepared {
  readonly listener: RequestListener;
  readonly refreshTokens: readonly string[];
  /** What the access tokens are checked with: a P-256 key. */
  readonly publicKey: JsonWebKey;
  close(): Promise<void>;
}

/** Makes this process a candidate: it listens on a free loopback port and takes orders from its parent. */
export function serve(prepare: (setup: Setup) => Promise<Prepared>): void {
  let stop = async (): Promise<void> => undefined;
  const obey = async (order: ServerOrder): Promise<void> => {
    if (order.type === 'start') stop = await start(order, prepare);
    if (order.type === 'usage') report(usage());
    if (order.type === 'stop') {
      await stop();
      process.disconnect();
    }
  };
  process.on('message', (order: ServerOrder) => void obey(order));
  // Without a parent nobody would ever stop it.
  process.on('disconnect', () => process.exit());
}

async function start(
  { variant, sessions, folder }: Extract<ServerOrder, { type: 'start' }>,
  prepare: (setup: Setup) => Promise<Prepared>,
): Promise<() => Promise<void>> {
  // Connections stay open while other candidates have their turn.
  const server = createServer({ keepAliveTimeout: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const prepared = await prepare({ variant, sessions, folder, origin: `http://127.0.0.1:${port}` });
  server.on('request', prepared.listener);
  report({
    type: 'ready',
    port,
    refreshTokens: prepared.refreshTokens,
    publicKey: prepared.publicKey,
  });
  return async () => {
    server.closeAllConnections();
    server.close();
    await prepared.close();
  };
}

function usage(): ServerReport {
  const { user, system } = process.cpuUsage();
  return { type: 'usage', cpuMicroseconds: user + system, residentBytes: process.memoryUsage.rss() };
}

function report(message: ServerReport): void {
  process.send?.(message);
}
