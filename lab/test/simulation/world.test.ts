import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { World } from '../../src/simulation/world.js';

async function told(
  script: (world: World, tell: (text: string) => void) => Promise<void>,
): Promise<string[]> {
  const world = new World();
  const scenes: string[] = [];
  await world.play(() => script(world, (text) => scenes.push(`${world.elapsedSeconds()} ${text}`)));
  return scenes;
}

describe('the world', () => {
  test('wakes sleepers in the order of their instants, and of falling asleep among equals', async () => {
    const scenes = await told(async (world, tell) => {
      const sleeper = (name: string, seconds: number) => async () => {
        await world.sleep(seconds);
        tell(name);
      };
      await world.all([sleeper('a', 30), sleeper('b', 10), sleeper('c', 10), sleeper('d', 0)]);
      tell('end');
    });
    expect(scenes).toEqual(['0 d', '10 b', '10 c', '30 a', '30 end']);
  });

  test('stands still while a script waits for something real', async () => {
    const scenes = await told(async (world, tell) => {
      await world.all([
        async () => {
          await pause(5);
          tell('slow');
        },
        async () => {
          await world.sleep(1);
          tell('quick');
        },
      ]);
    });
    expect(scenes).toEqual(['0 slow', '1 quick']);
  });

  test('gives the turn of the last script to whoever waits for all of them', async () => {
    const scenes = await told(async (world, tell) => {
      await world.all([
        async () => {
          await world.all([() => world.sleep(5), () => world.sleep(3)]);
          tell('inner');
        },
        async () => {
          await world.sleep(5);
          tell('other');
        },
      ]);
    });
    expect(scenes).toEqual(['5 inner', '5 other']);
  });

  test('passes the error of any script on', async () => {
    const failing = told(async (world) => {
      await world.all([
        () => world.sleep(10),
        async () => {
          await world.sleep(1);
          throw new Error('burst');
        },
      ]);
    });
    await expect(failing).rejects.toThrow('burst');
  });
});
