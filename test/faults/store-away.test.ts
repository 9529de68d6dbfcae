import { describe, expect, onTestFinished, test } from 'vitest';
import { createSeededRandom } from 'pawl/testing';
import { TcpProxy } from '../../testbed/src/tcp-proxy.js';
import { Fleet, type Losses, nothing } from './fleet.js';
import { Service, type ServiceSetup } from './service.js';
import { startRedisServer, storeServers } from './store-server.js';

const seed = Math.floor(Math.random() * 0x1_0000_0000);

/** Six windows of the default policy. */
const awaySeconds = 60;

/** Nodes on these stores, and devices with load behind them, stolen tokens, and ended sessions. */
async function startFleet(setup: Omit<ServiceSetup, 'random'>): Promise<Fleet> {
  const fleet = new Fleet(await Service.start({ ...setup, random: createSeededRandom(seed) }));
  await fleet.logIn(60);
  await fleet.round();
  fleet.steal(5);
  await fleet.rounds(2);
  await Promise.all(fleet.pick(5).map((device) => device.logOut()));
  return fleet;
}

/** What is left is served by every node, what was stolen or ended is not. */
async function settle(fleet: Fleet): Promise<Losses> {
  await fleet.rounds(2);
  await fleet.strike();
  await fleet.roundOnEveryNode();
  await fleet.presentEnded();
  return fleet.losses();
}

describe.each(
  Object.entries(storeServers),
)(`%s, away for six windows, seed ${seed}`, (_name, startServer) => {
  test('frozen: every call is told to come back, and nobody is logged out', async () => {
    const server = await startServer();
    const fleet = await startFleet({ stores: [server.setup(), server.setup()] });
    const leaving = fleet.pick(5);
    await fleet.round(async () => {
      server.freeze();
      const ends = leaving.map((device) => device.logOut());
      // Attempts of every device lie in the sockets now. The server carries them out when it goes on, by their old clock.
      await fleet.untilAllFailed(1);
      await fleet.service.advance(awaySeconds);
      await fleet.untilAllFailed(2);
      server.thaw();
      await Promise.all(ends);
    });
    expect(await settle(fleet), fleet.stories()).toEqual(nothing);
    expect(fleet.service.counts.unavailable).toBeGreaterThan(0);
  });

  test('killed: the same', async () => {
    const server = await startServer();
    const fleet = await startFleet({ stores: [server.setup(), server.setup()] });
    const leaving = fleet.pick(5);
    await fleet.round(async () => {
      await server.crash();
      const ends = leaving.map((device) => device.logOut());
      await fleet.untilAllFailed(1);
      await fleet.service.advance(awaySeconds);
      await fleet.untilAllFailed(2);
      await server.restart();
      await Promise.all(ends);
    });
    expect(await settle(fleet), fleet.stories()).toEqual(nothing);
    expect(fleet.service.counts.unavailable).toBeGreaterThan(0);
  });

  test('for one node only, which lost answers: devices go on with the other node, and nobody is logged out', async () => {
    const server = await startServer();
    const proxy = await TcpProxy.start(server.port);
    onTestFinished(() => proxy.close());
    const fleet = await startFleet({ stores: [server.setup(proxy.port), server.setup()] });
    const { service } = fleet;
    await fleet.round(async () => {
      void proxy.withholdAnswers();
      await service.until(() => service.counts.unavailable > 10);
    });
    // Every other request meets the node that is cut off.
    await fleet.refreshAll();
    await fleet.refreshAll();
    proxy.cut();
    proxy.passAnswers();
    expect(await settle(fleet), fleet.stories()).toEqual(nothing);
  });
});

test(`Redis, frozen for longer than a window of 3 seconds, without a clock being moved, seed ${seed}`, async () => {
  const server = await startRedisServer();
  const fleet = await startFleet({
    stores: [server.setup(), server.setup()],
    policy: { preset: 'balanced', windowSeconds: 3 },
  });
  await fleet.round(async () => {
    server.freeze();
    // Each try is followed by the second that Retry-After asks for.
    await fleet.untilAllFailed(4);
    server.thaw();
  });
  expect(await settle(fleet), fleet.stories()).toEqual(nothing);
});
