import { TcpProxy } from '../../../../../testbed/src/tcp-proxy.js';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Servers behind proxies that can keep their answers back. */
export interface StuckPlace {
  /** Where each server is reached, in their order. */
  readonly proxies: readonly Address[];
  /** By the address at which a server says that it is. */
  readonly byAddress: Readonly<Record<string, Address>>;
  withhold(): void;
  /** Lets answers through. Connections that missed one are cut: who goes on with one takes each answer for that to an earlier call. */
  release(): void;
  close(): Promise<void>;
}

export async function openStuckPlace(nodes: readonly Address[]): Promise<StuckPlace> {
  const proxies = await Promise.all(nodes.map(({ port }) => TcpProxy.start(port)));
  const addresses = proxies.map(({ host, port }) => ({ host, port }));
  let isStuck = false;
  return {
    proxies: addresses,
    byAddress: Object.fromEntries(
      nodes.map(({ host, port }, index) => [`${host}:${port}`, addresses[index] as Address]),
    ),
    withhold() {
      isStuck = true;
      for (const proxy of proxies) void proxy.withholdAnswers();
    },
    release() {
      if (!isStuck) return;
      isStuck = false;
      for (const proxy of proxies) {
        proxy.passAnswers();
        proxy.cut();
      }
    },
    async close() {
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}
