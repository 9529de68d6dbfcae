import { describe, expect, test } from 'vitest';
import { createSeededRandom } from 'pawl/testing';
import { Fleet, type Losses, nothing } from './fleet.js';
import { Service } from './service.js';
import { startPostgresServer, startRedisServer, type StoreServer } from './store-server.js';

const seed = Math.floor(Math.random() * 0x1_0000_0000);

/** Two nodes and their devices, with load behind them, stolen tokens, and ended sessions. */
async function startFleet(server: StoreServer): Promise<Fleet> {
  const stores = [server.setup(), server.setup()];
  const fleet = new Fleet(await Service.start({ stores, random: createSeededRandom(seed) }));
  await fleet.logIn(60);
  await fleet.round();
  fleet.steal(5);
  await fleet.rounds(2);
  return fleet;
}

/** Kills the server in the middle of a round, and starts it again when every device has noticed. */
async function crashInRound(fleet: Fleet, server: StoreServer): Promise<void> {
  await fleet.round(async () => {
    await server.crash();
    await fleet.untilAllFailed(1);
    await server.restart();
  });
}

/** What is left is served by both nodes, what was stolen or ended is not. */
async function settle(fleet: Fleet): Promise<Losses> {
  await fleet.rounds(2);
  await fleet.strike();
  await fleet.roundOnEveryNode();
  await fleet.presentEnded();
  return fleet.losses();
}

const keepingServers: Readonly<Record<string, () => Promise<StoreServer>>> = {
  'a Redis that syncs every write': () => startRedisServer('--appendonly', 'yes', '--appendfsync', 'always'),
  PostgreSQL: startPostgresServer,
  'PostgreSQL, shut down in order,': async () => {
    const server = await startPostgresServer();
    return { ...server, crash: () => server.stop() };
  },
};

describe(`a store that is killed under load, seed ${seed}`, () => {
  test.each(
    Object.entries(keepingServers),
  )('%s loses nothing that was answered', async (_name, startServer) => {
    const server = await startServer();
    const fleet = await startFleet(server);
    await Promise.all(fleet.pick(5).map((device) => device.logOut()));
    const leaving = fleet.pick(5);
    await Promise.all([crashInRound(fleet, server), ...leaving.map((device) => device.logOut())]);
    expect(await settle(fleet), fleet.stories()).toEqual(nothing);
    expect(fleet.service.counts.unavailable).toBeGreaterThan(0);
  });

  test('a Redis that syncs every second loses at most rotations, and ends of the last moment', async () => {
    const server = await startRedisServer('--appendonly', 'yes', '--appendfsync', 'everysec');
    const fleet = await startFleet(server);
    await Promise.all(fleet.pick(5).map((device) => device.logOut()));
    while (!server.ask('info', 'persistence').includes('aof_buffer_length:0')) await fleet.round();
    await crashInRound(fleet, server);
    const { rotationsLost, ...losses } = await settle(fleet);
    console.log(`Redis, appendfsync everysec, killed: ${rotationsLost} rotations were lost and healed`);
    expect({ ...losses, rotationsLost: 0 }, fleet.stories()).toEqual(nothing);
  });

  test('a Redis that writes nothing down loses every session, and nothing comes back', async () => {
    const server = await startRedisServer();
    const fleet = await startFleet(server);
    await Promise.all(fleet.pick(5).map((device) => device.logOut()));
    const lost = fleet.alive();
    await crashInRound(fleet, server);
    for (const device of lost) device.fate = 'lost';
    await Promise.all(lost.map((device) => device.refresh()));
    const added = await fleet.logIn(20);
    expect(await settle(fleet), fleet.stories()).toEqual({ ...nothing, sessionsLost: lost.length });
    expect(fleet.alive()).toEqual(added);
  });
});
