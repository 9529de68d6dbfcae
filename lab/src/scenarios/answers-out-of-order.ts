import type { Device } from '../actors/device.js';
import type { Stage } from '../stage.js';
import { strictLogsOut } from './known-limits.js';
import { type Expectation, hour, minute, type Scenario } from './scenario.js';

const inOrder: Expectation = { promise: 'P3', user: 'stays in' };

/**
 * Two tabs around the end of a window of 10 s. The first rotation is answered late, and so is a request that came just inside
 * the window: when its answer arrives, another tab has rotated again, and the late one must not put the older token back.
 */
async function interleave(stage: Stage, device: Device): Promise<void> {
  const { world } = stage;
  const startedAt = world.elapsedSeconds();
  const at = (offset: number, upSeconds: number, downSeconds: number) => async () => {
    await world.sleepUntil(startedAt + offset);
    await device.refresh({ upSeconds, downSeconds });
  };
  await world.all([at(0, 0.1, 3), at(1, 0.1, 0.1), at(9.5, 0.1, 3.2), at(10.3, 0.1, 0.1)]);
  await world.sleep(5 * minute);
}

/** The same requests by a browser with a cookie jar and by a client that stores tokens itself. */
export const answersOutOfOrder: Scenario = {
  name: 'answers-out-of-order',
  title: 'answers overtake each other, cookie jar and app',
  question: 'Can a late answer put an old token back over a new one?',
  expected: {
    strict: strictLogsOut,
    balanced: inOrder,
    resilient: inOrder,
    bound: inOrder,
  },
  async play(stage) {
    const devices = [
      stage.addDevice({ name: 'browser', subject: 'alice', storage: 'cookies' }),
      stage.addDevice({ name: 'app', subject: 'bob', storage: 'body' }),
    ];
    await stage.world.all(
      devices.map((device) => async () => {
        await device.logIn();
        await device.work(6 * minute, minute);
        await stage.world.sleep(minute);
        for (let round = 0; round < 3; round++) await interleave(stage, device);
        await device.work(hour, 5 * minute);
      }),
    );
  },
};
