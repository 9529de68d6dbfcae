import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFairQueue, type QueueLimits } from '../../src/accounts/fair-queue.js';
import type { Place } from '../../src/accounts/waiting-groups.js';

const seed = Number(process.env['PAWL_TEST_SEED'] ?? Date.now() % 2 ** 31);
console.log(`seed of the fair queue: ${seed}`);

const small: QueueLimits = { slots: 1, waitingPerKey: 6, waiting: 20 };

interface Started {
  readonly place: Place;
  readonly name: number;
  readonly end: () => void;
}

/** A queue whose work ends when the test says so. */
function startQueue(limits: QueueLimits = small) {
  const queue = createFairQueue(limits);
  const started: Started[] = [];
  const refused: number[] = [];
  let names = 0;
  return {
    started,
    refused,
    /** Comes with work. Returns its name. */
    come(place: Place): number {
      const name = names;
      names += 1;
      const work = (): Promise<true> =>
        new Promise((resolve) => {
          started.push({ place, name, end: () => resolve(true) });
        });
      void queue.run(place, work).then((done) => {
        if (done === null) refused.push(name);
      });
      return name;
    },
    /** Ends the work that started first, and has what waits go on. */
    async endOne(at: number): Promise<void> {
      started[at]?.end();
      await settle();
    },
  };
}

/** Promises that are settled have told everybody. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const at = (account: string, network: string): Place => ({ account, network });

/** Names in the order in which they started, after ending one after the other until nothing waits. */
async function drain(queue: ReturnType<typeof startQueue>): Promise<readonly number[]> {
  for (let ended = 0; ended < queue.started.length; ended += 1) await queue.endOne(ended);
  return queue.started.map(({ name }) => name);
}

describe('the fair queue', () => {
  test('runs as much at once as there are slots, and hands on what work resolves to or throws', async () => {
    const queue = createFairQueue({ ...small, slots: 2 });
    let running = 0;
    const most: number[] = [];
    const work = async (): Promise<string> => {
      running += 1;
      most.push(running);
      await settle();
      running -= 1;
      return 'done';
    };
    const place = at('alice', 'home');
    const failing = queue.run(place, () => Promise.reject(new Error('broken')));
    const answers = Promise.all(Array.from({ length: 5 }, () => queue.run(place, work)));
    await expect(failing).rejects.toThrow('broken');
    expect(new Set(await answers)).toEqual(new Set(['done']));
    expect(Math.max(...most)).toBe(2);
  });

  const floods: readonly (readonly [string, (index: number) => Place])[] = [
    ['one account from one network', () => at('mallory', 'bots')],
    ['one account from many networks', (index) => at('mallory', `bot ${index}`)],
    ['many accounts from one network', (index) => at(`name ${index}`, 'bots')],
    [
      'both at once',
      (index) => (index % 2 === 0 ? at('mallory', `bot ${index}`) : at(`name ${index}`, 'bots')),
    ],
  ];

  test.each(
    floods,
  )('serves a login of another account and network next but two, while there is a flood of %s', async (_, flood) => {
    const queue = startQueue({ slots: 1, waitingPerKey: 128, waiting: 200 });
    let index = 0;
    const floodOnce = (): void => {
      queue.come(flood(index));
      index += 1;
    };
    for (let count = 0; count < 400; count += 1) floodOnce();
    let ended = 0;
    for (let round = 0; round < 50; round += 1) {
      const honest = queue.come(at('alice', 'home'));
      const before = queue.started.length;
      while (queue.started.at(-1)?.name !== honest) {
        for (let count = 0; count < 10; count += 1) floodOnce();
        await queue.endOne(ended);
        ended += 1;
      }
      expect(queue.started.length - before - 1).toBeLessThanOrEqual(2);
      expect(queue.refused).not.toContain(honest);
    }
  });

  test('serves the other networks of a flooded account, and the other accounts of a flooded network', async () => {
    const queue = startQueue();
    for (let count = 0; count < 30; count += 1) queue.come(at('alice', 'phone'));
    const laptop = queue.come(at('alice', 'laptop'));
    const neighbour = queue.come(at('bob', 'phone'));
    const order = await drain(queue);
    expect(order.indexOf(laptop)).toBeLessThanOrEqual(3);
    expect(order.indexOf(neighbour)).toBeLessThanOrEqual(3);
  });

  test('serves one account of one network that both are flooded by others', async () => {
    const queue = startQueue();
    queue.come(at('x', 'x'));
    const both = queue.come(at('alice', 'office'));
    let ended = 0;
    for (let index = 0; !queue.started.some(({ name }) => name === both); index += 1) {
      expect(index).toBeLessThan(small.waiting * small.waiting);
      queue.come(at('alice', `bot ${index}`));
      queue.come(at(`name ${index}`, 'office'));
      await queue.endOne(ended);
      ended += 1;
    }
  });

  test('serves the next of an account while new accounts keep coming', async () => {
    const queue = startQueue();
    queue.come(at('x', 'x'));
    queue.come(at('alice', 'home'));
    const next = queue.come(at('alice', 'home'));
    let ended = 0;
    for (let index = 0; !queue.started.some(({ name }) => name === next); index += 1) {
      expect(index).toBeLessThan(small.waiting);
      for (const name of ['a', 'b']) queue.come(at(`${name}${index}`, `${name}${index}`));
      await queue.endOne(ended);
      ended += 1;
    }
  });

  test('a bound refuses the newest of whoever has most waiting, and nobody else', async () => {
    const queue = startQueue({ slots: 1, waitingPerKey: 4, waiting: 6 });
    queue.come(at('x', 'x'));
    const flood = Array.from({ length: 5 }, () => queue.come(at('mallory', 'bots')));
    await settle();
    expect(queue.refused).toEqual([flood[4]]);
    const others = ['a', 'b', 'c'].map((name) => queue.come(at(name, `of ${name}`)));
    await settle();
    expect(queue.refused).toEqual([flood[4], flood[3]]);
    const elsewhere = queue.come(at('mallory', 'home'));
    await settle();
    expect(queue.refused).toEqual([flood[4], flood[3], elsewhere]);
    expect(await drain(queue)).toEqual(expect.arrayContaining(others));
  });

  const account = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const network = fc.constantFrom('1', '2', '3', '4', '5');
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ account, network }) },
    { weight: 1, arbitrary: fc.constant('end' as const) },
  );

  test('whatever comes: order within a group, bounds, everything is served or refused, and a new group waits for one turn of each other at most', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
        const queue = startQueue();
        const places = new Map<number, Place>();
        const waiting = (): readonly (readonly [number, Place])[] =>
          [...places].filter(
            ([name]) => !queue.refused.includes(name) && !queue.started.some((work) => work.name === name),
          );
        let ended = 0;
        const newcomers: {
          readonly name: number;
          readonly groups: number;
          readonly startedBefore: number;
        }[] = [];
        for (const [index, next] of steps.entries()) {
          if (next === 'end') {
            if (ended < queue.started.length) await queue.endOne(ended++);
            continue;
          }
          const others = waiting();
          const groups = new Set(others.map(([, { account, network }]) => account + network));
          // Of its own account and network nobody has come before, so that none of them had a turn.
          const place = index % 7 === 0 ? at(`new ${index}`, `new ${index}`) : next;
          const startedBefore = queue.started.length;
          const name = queue.come(place);
          places.set(name, place);
          if (index % 7 === 0) newcomers.push({ name, groups: groups.size, startedBefore });
          await settle();
          const now = waiting();
          expect(now.length).toBeLessThanOrEqual(small.waiting);
          for (const key of ['account', 'network'] as const) {
            const same = now.filter(([, other]) => other[key] === place[key]);
            expect(same.length).toBeLessThanOrEqual(small.waitingPerKey);
          }
        }
        for (; ended < queue.started.length; ended += 1) await queue.endOne(ended);
        expect(queue.started.length + queue.refused.length).toBe(places.size);
        const order = queue.started.map(({ name }) => name);
        for (const { name, groups, startedBefore } of newcomers) {
          if (order.includes(name)) expect(order.indexOf(name) - startedBefore).toBeLessThanOrEqual(groups);
        }
        const last = new Map<string, number>();
        for (const { name, place } of queue.started) {
          const group = place.account + place.network;
          expect(name).toBeGreaterThan(last.get(group) ?? -1);
          last.set(group, name);
        }
      }),
      { seed, numRuns: 200 },
    );
  });
});
