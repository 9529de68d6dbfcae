// A node in a process of its own. Takes its setup as the first argument; afterwards messages move its clock.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Authority,
  createAuthority,
  createLocalMasterKey,
  isPawlError,
  Secret,
  systemClock,
} from 'pawl';
import { createHandler } from 'pawl/http';
import type { Store } from 'pawl/stores';
import { openStore } from './node-store.js';
import type { Clocks, NodeMessage, NodeSetup } from './pawl-node.js';

function tell(message: NodeMessage): void {
  if (process.connected) process.send?.(message);
}

const maxStarts = 20;

/** Tries again as a service manager would: the store may be the one that is away, or slow for its short deadline. */
async function started(open: () => Promise<Authority>): Promise<Authority> {
  for (let starts = 1; ; starts += 1) {
    try {
      return await open();
    } catch (error) {
      if (!isPawlError(error) || error.code !== 'store_unavailable' || starts === maxStarts) throw error;
    }
  }
}

/** The store, with a server whose clock is moved. */
function withClock(store: Store, offsetSeconds: () => number): Store {
  const time = async () => {
    const now = await store.time();
    return now === null ? null : now + offsetSeconds();
  };
  return { ...store, time };
}

async function serve(setup: NodeSetup): Promise<void> {
  let { clocks } = setup;
  const authority = await started(async () =>
    createAuthority({
      issuer: 'http://localhost',
      store: withClock(await openStore(setup.store), () => clocks.storeOffsetSeconds),
      masterKey: createLocalMasterKey(new Secret(Buffer.alloc(32, 7))),
      policy: setup.policy,
      clock: { now: () => systemClock.now() + clocks.nodeOffsetSeconds },
      onEvent: (event) => tell({ kind: 'event', event }),
      // A round of background work that fails is part of a fault.
      onBackgroundError: () => undefined,
    }),
  );
  const handler = createHandler({
    authority,
    onError: (error) => tell({ kind: 'error', text: String(error) }),
    authenticate: async ({ username }) => ({ ok: true, subject: username, amr: ['pwd'] }),
  });
  const server = createServer((request, response) => void handler.node(request, response));
  process.on('message', (moved: Clocks) => {
    clocks = moved;
    tell({ kind: 'clocks-set' });
  });
  server.listen(0, '127.0.0.1', () =>
    tell({ kind: 'listening', port: (server.address() as AddressInfo).port }),
  );
}

// Without a parent nobody would ever stop it.
process.once('disconnect', () => process.exit());
await serve(JSON.parse(process.argv[2] ?? '') as NodeSetup);
