import type { JsonWebKey } from 'node:crypto';
import type { ServerOrder, Start } from './messages.js';

/** A candidate that listens. */
export interface Running {
  readonly port: number;
  readonly origin: string;
  readonly refreshTokens: readonly string[];
  /** What the access tokens are checked with: a P-256 key. */
  readonly publicKey: JsonWebKey;
  usage(): Usage;
  stop(): Promise<void>;
}

/** What the candidate's own process has used since its start. */
export interface Usage {
  readonly cpuMicroseconds: number;
  readonly residentBytes: number;
}

export function ownUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMicroseconds: user + system, residentBytes: process.memoryUsage.rss() };
}

/** Makes this process a candidate of refreshes that takes orders from its parent. */
export function obeyOrders(start: (order: Start) => Promise<Running>): void {
  obeyParent(start, ({ port, origin, refreshTokens, publicKey }) => ({
    type: 'ready',
    ...{ port, origin, refreshTokens, publicKey },
  }));
}

/** Makes this process one that its parent starts, asks for its use and stops; `announce` is what the parent hears of the start. */
export function obeyParent<Started extends Pick<Running, 'usage' | 'stop'>>(
  start: (order: Start) => Promise<Started>,
  announce: (running: Started) => object,
): void {
  let running: Started | null = null;
  const obey = async (order: ServerOrder): Promise<void> => {
    if (order.type === 'start') {
      running = await start(order);
      report(announce(running));
    } else if (order.type === 'usage') {
      if (running !== null) report({ type: 'usage', ...running.usage() });
    } else {
      await running?.stop();
      process.disconnect();
    }
  };
  process.on('message', (order: ServerOrder) => void obey(order));
  // Without a parent nobody would ever stop it.
  process.on('disconnect', () => process.exit());
}

function report(message: object): void {
  process.send?.(message);
}
