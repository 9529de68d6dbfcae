// A process of its own that ends a session and never comes to publishing it: it says so, and waits to be killed.
import { Cluster, Redis } from 'ioredis';
import { openRedisStore } from '../../../src/stores/redis/index.js';

/** Which Redis, and what the keys begin with. */
export type EndingSetup = { readonly port: number; readonly prefix: string } & (
  | { readonly kind: 'single'; readonly database: number }
  | { readonly kind: 'cluster' }
);

const [setupText = '', sessionId = '', subject = ''] = process.argv.slice(2);
const setup = JSON.parse(setupText) as EndingSetup;
const address = { host: '127.0.0.1', port: setup.port };
const client =
  setup.kind === 'cluster' ? new Cluster([address]) : new Redis({ ...address, db: setup.database });

const call = client.call.bind(client) as (...args: unknown[]) => Promise<unknown>;
Reflect.set(client, 'call', (...args: unknown[]) => {
  const texts = args.flat().map(String);
  const behindKeys = texts.slice(texts.findIndex((text) => text.endsWith('{revocations}:announced')) + 1);
  // An announcement and its time announce a step; an announcement and an entry would publish what it ended.
  if (behindKeys.length === texts.length || behindKeys.length === 2) return call(...args);
  process.send?.('ended');
  return new Promise(() => undefined);
});

const store = await openRedisStore({ client, prefix: setup.prefix, deadlineSeconds: 60 });
if (subject === '') await store.sessions.revokeSession(sessionId, null, 1_800_000_021);
else await store.sessions.revokeSubject(subject, 1_800_000_021);
