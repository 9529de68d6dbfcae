import { describe, expect, test } from 'vitest';
import { createSeededRandom } from 'pawl/testing';
import { Fleet, nothing } from './fleet.js';
import { Service } from './service.js';
import { storeServers } from './store-server.js';

const seed = Math.floor(Math.random() * 0x1_0000_0000);

describe.each(Object.entries(storeServers))(`nodes over %s, seed ${seed}`, (_name, startServer) => {
  test('that are killed one after the other under load lose nothing', async () => {
    const server = await startServer();
    const stores = Array.from({ length: 3 }, () => server.setup());
    const service = await Service.start({ stores, random: createSeededRandom(seed) });
    const fleet = new Fleet(service);
    await fleet.logIn(60);
    for (let node = 0; node < service.size; node += 1) {
      fleet.steal(5);
      const leaving = fleet.pick(5);
      await fleet.round(async () => {
        await Promise.all([service.killNode(node), ...leaving.map((device) => device.logOut())]);
      });
      await service.startNode(node);
      await fleet.strike();
    }
    await fleet.roundOnEveryNode();
    await fleet.presentEnded();
    expect(fleet.losses(), fleet.stories()).toEqual(nothing);
    expect(service.counts.unreachable).toBeGreaterThan(0);
  });
});
