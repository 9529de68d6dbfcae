import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSeededRandom } from 'pawl/testing';
import { ask, linked } from '../../testbed/src/redis-cluster.js';
import { type RedisServer, startRedis } from '../../testbed/src/redis-server.js';
import { TcpProxy } from '../../testbed/src/tcp-proxy.js';
import { Fleet, nothing } from './fleet.js';
import { Service } from './service.js';

const seed = Math.floor(Math.random() * 0x1_0000_0000);

/** A primary, and a replica that a test can cut off from it. */
class ReplicatedRedis {
  readonly primary: RedisServer;
  readonly #replica: RedisServer;
  readonly #link: TcpProxy;

  private constructor(primary: RedisServer, replica: RedisServer, link: TcpProxy) {
    this.primary = primary;
    this.#replica = replica;
    this.#link = link;
  }

  static async start(): Promise<ReplicatedRedis> {
    const primary = await startRedis();
    const link = await TcpProxy.start(primary.port);
    const replica = await startRedis({ directives: ['--replicaof', link.host, String(link.port)] });
    onTestFinished(async () => {
      await Promise.all([primary, replica].map(({ process }) => process.end('SIGKILL')));
    });
    await linked(replica);
    return new ReplicatedRedis(primary, replica, link);
  }

  /** The replica learns everything that was written until now, and nothing any more. */
  async cutLink(): Promise<void> {
    const written = this.#offset(this.primary, 'master_repl_offset');
    while (this.#offset(this.#replica, 'slave_repl_offset') < written) await turn();
    await this.#link.close();
  }

  #offset(server: RedisServer, name: string): number {
    return Number(new RegExp(`${name}:(\\d+)`).exec(ask(server, 'info', 'replication'))?.[1]);
  }

  /** The primary is gone for good; the replica becomes the primary under its address, with a new replica of its own. */
  async failOver(): Promise<void> {
    const { port, process } = this.primary;
    await process.end('SIGKILL');
    ask(this.#replica, 'replicaof', 'no', 'one');
    ask(this.#replica, 'config', 'set', 'port', String(port));
    const next = await startRedis({ directives: ['--replicaof', this.primary.host, String(port)] });
    onTestFinished(() => next.process.end('SIGKILL'));
    await linked(next);
  }
}

async function startFleet(redis: ReplicatedRedis, waitForReplicas: number): Promise<Fleet> {
  const store = { ports: [redis.primary.port], deadlineSeconds: 2, waitForReplicas };
  const service = await Service.start({
    stores: [
      { ...store, kind: 'ioredis' },
      { ...store, kind: 'node-redis' },
    ],
    random: createSeededRandom(seed),
  });
  const fleet = new Fleet(service);
  await fleet.logIn(60);
  await fleet.round();
  return fleet;
}

describe(`Redis fails over to a replica that lacks the last writes, seed ${seed}`, () => {
  test('rotations that were lost are healed; an end that the replica had confirmed stays, no other one is answered', async () => {
    const redis = await ReplicatedRedis.start();
    const fleet = await startFleet(redis, 1);
    fleet.steal(5);
    await fleet.round();
    await Promise.all(fleet.pick(5).map((device) => device.logOut()));

    await redis.cutLink();
    const unconfirmed = fleet.pick(3);
    for (const device of unconfirmed) {
      // The second node finds the session ended already. It must not take that for a confirmation.
      for (const node of [0, 1, 0]) expect(await device.tryToLogOut(node)).toBe(503);
      device.fate = 'uncertain';
    }
    await fleet.rounds(2);
    await fleet.round(() => redis.failOver());
    for (const device of unconfirmed) {
      expect(await device.present(device.token, 'its owner')).not.toBeNull();
      await device.logOut();
    }
    await fleet.rounds(2);
    await fleet.strike();
    await fleet.logOutOnEveryNode(3);
    await fleet.roundOnEveryNode();
    await fleet.presentEnded();

    const { rotationsLost, ...losses } = fleet.losses();
    console.log(`failover: ${rotationsLost} refreshes were healed`);
    expect({ ...losses, rotationsLost: 0 }, fleet.stories()).toEqual(nothing);
    expect(rotationsLost).toBeGreaterThan(0);
  });

  test('without waiting for the replica, ends that it lacks are lost, and nothing else', async () => {
    const redis = await ReplicatedRedis.start();
    const fleet = await startFleet(redis, 0);
    const early = fleet.pick(5);
    await Promise.all(early.map((device) => device.logOut()));
    await redis.cutLink();
    const late = fleet.pick(5);
    await Promise.all(late.map((device) => device.logOut()));
    await fleet.rounds(2);
    await redis.failOver();
    await fleet.rounds(2);
    await fleet.presentEnded();

    const { rotationsLost, ...losses } = fleet.losses();
    expect({ ...losses, rotationsLost: 0 }, fleet.stories()).toEqual({
      ...nothing,
      resurrected: late.length,
    });
    expect(rotationsLost).toBeGreaterThan(0);
  });

  test('a theft whose trace was lost too is detected when its owner has refreshed', async () => {
    const redis = await ReplicatedRedis.start();
    const fleet = await startFleet(redis, 0);
    await redis.cutLink();
    fleet.steal(10);
    await fleet.rounds(2);
    await redis.failOver();
    // For the record, what was stolen is the newest token again.
    expect(await fleet.strikeEarly()).toBe(10);
    await fleet.rounds(1);
    await fleet.strike();
    expect(fleet.losses(), fleet.stories()).toMatchObject({ falseLogouts: 0, missedReuse: 0 });
  });
});
