import type { JsonWebKey } from 'node:crypto';
import type { ServerOrder, ServerReport, Start } from './messages.js';

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

/** Makes this process a candidate that takes orders from its parent. */
export function obeyOrders(start: (order: Start) => Promise<Running>): void {
  let running: Running | null = null;
  const obey = async (order: ServerOrder): Promise<void> => {
    if (order.type === 'start') {
      running = await start(order);
      const { port, origin, refreshTokens, publicKey } = running;
      report({ type: 'ready', port, origin, refreshTokens, publicKey });
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

function report(message: ServerReport): void {
  process.send?.(message);
}
