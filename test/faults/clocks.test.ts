import { describe, expect, test } from 'vitest';
import { createSeededRandom } from 'pawl/testing';
import { Fleet, nothing } from './fleet.js';
import { Service } from './service.js';
import { startRedisServer } from './store-server.js';

const seed = Math.floor(Math.random() * 0x1_0000_0000);
const hourSeconds = 3600;

async function startFleet(skewSeconds: readonly number[]): Promise<Fleet> {
  const server = await startRedisServer();
  const stores = skewSeconds.map(() => server.setup());
  const service = await Service.start({ stores, skewSeconds, random: createSeededRandom(seed) });
  const fleet = new Fleet(service);
  await fleet.logIn(60);
  return fleet;
}

describe(`clocks, seed ${seed}`, () => {
  test.each([600, -600])('of two nodes that are %s seconds apart cost nothing', async (skewSeconds) => {
    const fleet = await startFleet([0, skewSeconds]);
    // Each session has its first refresh, three tabs at a time, then thefts and ends in between.
    await fleet.refreshAll();
    for (let lap = 0; lap < 3; lap += 1) {
      fleet.steal(5);
      await fleet.rounds(3);
      await Promise.all([fleet.round(), ...fleet.pick(5).map((device) => device.logOut())]);
      await fleet.strike();
    }
    await fleet.roundOnEveryNode();
    await fleet.presentEnded();
    expect(fleet.losses(), fleet.stories()).toEqual(nothing);
  });

  test('that go back by an hour log nobody out; a retired token is refused, the last one at the latest when the hour is over', async () => {
    const fleet = await startFleet([0, 0]);
    await fleet.rounds(2);
    await Promise.all(fleet.pick(5).map((device) => device.logOut()));
    fleet.steal(5);
    await fleet.rounds(2);
    await fleet.service.advance(-hourSeconds);
    await fleet.rounds(2);
    await fleet.strike();

    await fleet.service.advance(hourSeconds);
    await fleet.rounds(1);
    fleet.steal(5);
    await fleet.rounds(1);
    await fleet.service.advance(-hourSeconds);
    // What a clock that was set back takes for the future counts as just now, and the predecessor as a retry.
    expect(await fleet.strikeEarly()).toBe(5);
    await fleet.rounds(1);
    await fleet.service.advance(hourSeconds);
    await fleet.rounds(2);
    await fleet.strike();
    await fleet.roundOnEveryNode();
    await fleet.presentEnded();
    expect(fleet.losses(), fleet.stories()).toEqual(nothing);
  });
});
