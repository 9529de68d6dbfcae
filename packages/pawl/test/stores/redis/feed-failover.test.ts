import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ask, linked } from '../../../../../testbed/src/redis-cluster.js';
import { type RedisServer, startRedis } from '../../../../../testbed/src/redis-server.js';
import { TcpProxy } from '../../../../../testbed/src/tcp-proxy.js';
import { followStore } from '../../../src/revocations/index.js';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { createSession, newSession, startAt } from '../../../src/testing/session-fixture.js';

const random = createSeededRandom(9);
const patience = { timeout: 60_000, interval: 20 };

function offset(server: RedisServer, name: string): number {
  return Number(new RegExp(`${name}:(\\d+)`).exec(ask(server, 'info', 'replication'))?.[1]);
}

test('a failover to a replica without the last entries is noticed, and nothing that was heard is forgotten', {
  timeout: 180_000,
}, async () => {
  const primary = await startRedis();
  const link = await TcpProxy.start(primary.port);
  const replica = await startRedis({ directives: ['--replicaof', link.host, String(link.port)] });
  const client = new Redis(primary.port, primary.host, { retryStrategy: () => 50 });
  client.on('error', () => undefined);
  const store = await openRedisStore({ client, deadlineSeconds: 5 });
  onTestFinished(async () => {
    await store.close();
    client.disconnect();
    await Promise.all([primary, replica].map(({ process }) => process.end('SIGKILL')));
  });
  await linked(replica);
  const followed = followStore(store.revocations, { retentionSeconds: 300 });
  onTestFinished(() => followed.close());
  await followed.ready();
  const knows = (sid: string): boolean => followed.isRevoked({ sid, sub: 'nobody' });
  const end = async (): Promise<string> => {
    const session = newSession(random);
    await createSession(store.sessions, session, 5, startAt);
    await store.sessions.revokeSession(session.id, null, startAt);
    return session.id;
  };

  const kept = await end();
  await vi.waitFor(
    () => expect(offset(replica, 'slave_repl_offset')).toBe(offset(primary, 'master_repl_offset')),
    patience,
  );
  await link.close();
  const lost = await end();
  await vi.waitFor(() => expect([kept, lost].map(knows)).toEqual([true, true]), patience);
  const { cursor } = await store.revocations.read(null, 100);
  await primary.process.end('SIGKILL');
  ask(replica, 'replicaof', 'no', 'one');
  ask(replica, 'config', 'set', 'port', String(primary.port));

  const page = await vi.waitFor(() => store.revocations.read(cursor, 100), patience);
  expect(page.isContinued).toBe(false);
  expect(page.entries).toEqual([{ kind: 'session', sessionId: kept, at: startAt }]);
  // As many entries as before, at places that the reader has passed once already.
  const later = [await end(), await end()];
  await vi.waitFor(() => expect(later.map(knows)).toEqual([true, true]), patience);
  expect([kept, lost].map(knows)).toEqual([true, true]);
  expect((await store.revocations.read(cursor, 100)).isContinued).toBe(false);
});
