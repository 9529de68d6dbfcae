import { createFakeClock, type FakeClock } from 'pawl/testing';
import { createMemoryStore } from 'pawl/stores/memory';
import type { Store } from 'pawl/stores';
import { describe, expect, test } from 'vitest';
import { Secret } from 'pawl';
import type { ServerEvent } from '../../src/logs/server-event.js';
import { readDeadLetters } from '../../src/webhooks/dead-letters.js';
import { readProgress } from '../../src/webhooks/progress.js';
import { goBack, resendDeadLetters } from '../../src/webhooks/replay.js';
import { retries } from '../../src/webhooks/retry.js';
import { deliverPage, pollSeconds, type StreamOptions } from '../../src/webhooks/stream.js';
import { type Subscriber, subscribersOf } from '../../src/webhooks/subscriber.js';
import { type Answer, type Receiver, reset, signingSecret, startReceiver, status } from './receiver.js';

const startAt = 1_800_000_000;

interface World {
  readonly store: Store;
  readonly clock: FakeClock;
  readonly receiver: Receiver;
  readonly subscriber: Subscriber;
  readonly lines: string[];
  /** One step, as the options with these changes see it. */
  step(changes?: Partial<StreamOptions>): Promise<number>;
  log(...subjects: readonly string[]): Promise<void>;
  /** Subjects of what came in. */
  subjects(): unknown[];
}

async function openWorld(events: readonly string[] = ['*']): Promise<World> {
  const store = createMemoryStore();
  const clock = createFakeClock(startAt);
  const receiver = await startReceiver();
  const subscriber = subscriberOf(receiver.url, events);
  const lines: string[] = [];
  const options: StreamOptions = {
    store,
    clock,
    random: () => 0.5,
    logger: {
      info: (...args: unknown[]) => void lines.push(JSON.stringify(args)),
      warn: (...args: unknown[]) => void lines.push(JSON.stringify(args)),
    },
    mayDeliver: () => true,
    stopped: new AbortController().signal,
  };
  return {
    store,
    clock,
    receiver,
    subscriber,
    lines,
    step: (changes = {}) => deliverPage({ ...options, ...changes }, subscriber),
    log: (...subjects) => store.events.append(subjects.map((subject) => entryOf(subject, clock.now()))),
    subjects: () => receiver.received.map(({ data }) => data['subject']),
  };
}

function subscriberOf(url: string, events: readonly string[]): Subscriber {
  const [subscriber] = subscribersOf({
    webhooks: new Secret([{ id: 'siem', url, secret: signingSecret, events }]),
  });
  if (subscriber === undefined) throw new Error('no subscriber');
  return subscriber;
}

function entryOf(subject: string, at: number, type: ServerEvent['type'] = 'user.added') {
  return { at, subject, sessionId: null, body: JSON.stringify({ type, at, subject }) };
}

describe('a subscriber', () => {
  test('gets the events in order, once, with signatures that standardwebhooks accepts', async () => {
    const world = await openWorld();
    expect(await world.step()).toBe(pollSeconds);
    await world.log('a', 'b', 'c');
    expect(await world.step()).toBe(pollSeconds);
    expect(await world.step()).toBe(pollSeconds);
    const { received, forged } = world.receiver;
    // The clock of the world is not that of the machine, which is all that the package complains of.
    expect(new Set(forged)).toEqual(new Set([expect.stringContaining('timestamp too new')]));
    expect(world.subjects()).toEqual(['a', 'b', 'c']);
    expect(received[0]).toMatchObject({ type: 'user.added', data: { message: 'the user a was added' } });
    expect(new Set(received.map(({ id }) => id)).size).toBe(3);
  });

  test('that is new gets what happens from now on, and not the past', async () => {
    const world = await openWorld();
    await world.log('past');
    await world.step();
    await world.log('future');
    await world.step();
    expect(world.subjects()).toEqual(['future']);
  });

  test('gets only the types that it asked for, and what it did not ask for is not read again', async () => {
    const world = await openWorld(['session.reused']);
    await world.step();
    await world.store.events.append([
      entryOf('a', startAt),
      entryOf('b', startAt, 'session.reused'),
      entryOf('c', startAt),
    ]);
    await world.step();
    expect(world.subjects()).toEqual(['b']);
    const newest = (await world.store.events.tail(1))[0]?.cursor;
    expect((await readProgress(world.store.documents, 'siem'))?.progress.cursor).toBe(newest);
  });

  test('that fails is tried again after growing delays, and nothing overtakes', async () => {
    const world = await openWorld();
    await world.step();
    await world.log('a', 'b');
    world.receiver.answer(
      status(500),
      reset,
      status(302, { location: '/elsewhere' }),
      status(429, { 'retry-after': '600' }),
    );
    const delays: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      delays.push(await world.step());
      // Before its time nothing is sent.
      expect(await world.step()).toBeCloseTo(delays.at(-1) ?? 0);
      world.clock.advance(delays.at(-1) ?? 0);
    }
    expect(delays.map(Math.round)).toEqual([5, 15, 45, 600]);
    await world.step();
    expect(world.subjects()).toEqual(['a', 'a', 'a', 'a', 'a', 'b']);
    expect(new Set(world.receiver.received.slice(0, 5).map(({ id }) => id)).size).toBe(1);
    expect((await readProgress(world.store.documents, 'siem'))?.progress.failures).toBe(0);
  });

  test('that never answers well loses one entry after all attempts, and the next one is tried', async () => {
    const world = await openWorld();
    await world.step();
    await world.log('a', 'b');
    world.receiver.answer(...Array.from({ length: retries.maxAttempts }, () => status(500)));
    for (let attempt = 1; attempt < retries.maxAttempts; attempt += 1)
      world.clock.advance(await world.step());
    expect(world.clock.now() - startAt).toBeGreaterThan(20 * 3600);
    expect(await world.step()).toBe(pollSeconds);
    expect(world.subjects().at(-1)).toBe('b');
    const { letters } = await readDeadLetters(world.store.documents, 'siem');
    expect(letters.map(({ body }) => (JSON.parse(body) as { subject: string }).subject)).toEqual(['a']);
  });

  test('that is away for five days loses three entries: delays do not begin anew with the next entry', async () => {
    const world = await openWorld();
    await world.step();
    await world.log('a', 'b', 'c', 'd');
    world.receiver.answer(...Array.from({ length: 100 }, () => status(503)));
    while (world.clock.now() - startAt < 5 * 86_400) world.clock.advance(await world.step());
    const { letters } = await readDeadLetters(world.store.documents, 'siem');
    expect(letters).toHaveLength(3);
  });

  test('that refuses a body as such holds the others up for minutes only', async () => {
    const world = await openWorld();
    await world.step();
    await world.log('a', 'b');
    world.receiver.answer(...Array.from({ length: retries.maxRefusedAttempts }, () => status(422)));
    while (!world.subjects().includes('b')) world.clock.advance(await world.step());
    expect(world.clock.now() - startAt).toBeLessThan(600);
    expect((await readDeadLetters(world.store.documents, 'siem')).letters).toHaveLength(1);
  });

  test('is left alone by a server that may not deliver or that stops', async () => {
    const world = await openWorld();
    await world.step();
    await world.log('a');
    await world.step({ mayDeliver: () => false });
    await world.step({ stopped: AbortSignal.abort() });
    expect(world.subjects()).toEqual([]);
    await world.step();
    expect(world.subjects()).toEqual(['a']);
  });
});

describe('two servers that both believe to be the one', () => {
  test('lose nothing: what is sent twice has the same id, and the progress is that of one of them', async () => {
    const world = await openWorld();
    await world.step();
    const names = Array.from({ length: 40 }, (_, index) => `user-${index}`);
    await world.log(...names);
    for (let round = 0; round < 50; round += 1) await Promise.all([world.step(), world.step()]);
    const first = new Map<string, unknown>();
    for (const { id, data } of world.receiver.received) if (!first.has(id)) first.set(id, data['subject']);
    expect([...first.values()]).toEqual(names);
    expect((await readProgress(world.store.documents, 'siem'))?.progress).toMatchObject({ failures: 0 });
  });
});

describe('dead letters', () => {
  async function withDead(answers: readonly Answer[], ...subjects: string[]): Promise<World> {
    const world = await openWorld();
    await world.step();
    await world.log(...subjects);
    world.receiver.answer(...answers);
    while ((await world.step()) !== pollSeconds) world.clock.advance(retries.maxDelaySeconds * 2);
    return world;
  }

  const refusedForGood = (count: number): Answer[] =>
    Array.from({ length: count * retries.maxRefusedAttempts }, () => status(400));

  test('are sent again with the id they had, and leave the list when they arrive', async () => {
    const world = await withDead(refusedForGood(3), 'a', 'b', 'c');
    const ids = new Set(world.receiver.received.map(({ id }) => id));
    world.receiver.answer(status(204), status(400), status(204));
    const now = () => startAt;
    const resent = await resendDeadLetters(world.store.documents, world.subscriber, now);
    expect(resent).toEqual({ delivered: 2, left: 1, failure: 'status 400' });
    expect(new Set(world.receiver.received.map(({ id }) => id))).toEqual(ids);
    expect(await resendDeadLetters(world.store.documents, world.subscriber, now)).toMatchObject({ left: 0 });
    expect((await readDeadLetters(world.store.documents, 'siem')).letters).toEqual([]);
  });

  test('stay when nobody answers', async () => {
    const world = await withDead(refusedForGood(2), 'a', 'b');
    world.receiver.answer(reset);
    const calls = world.receiver.received.length;
    const resent = await resendDeadLetters(world.store.documents, world.subscriber, () => startAt);
    expect(resent).toMatchObject({ delivered: 0, left: 2 });
    expect(world.receiver.received).toHaveLength(calls + 1);
  });
});

describe('going back', () => {
  test('delivers what happened since an instant again, with the same ids', async () => {
    const world = await openWorld();
    await world.step();
    for (const subject of ['a', 'b', 'c']) {
      await world.log(subject);
      world.clock.advance(60);
    }
    await world.step();
    await goBack(world.store, 'siem', startAt + 30);
    await world.step();
    expect(world.subjects()).toEqual(['a', 'b', 'c', 'b', 'c']);
    const ids = world.receiver.received.map(({ id }) => id);
    expect(ids.slice(3)).toEqual(ids.slice(1, 3));
  });
});

test('neither the secret, nor the path of the address, nor an answer gets into a line or the store', async () => {
  const world = await openWorld();
  await world.step();
  await world.log('a');
  world.receiver.answer(...Array.from({ length: retries.maxRefusedAttempts }, () => status(400)));
  while ((await world.step()) !== pollSeconds) world.clock.advance(3600);
  const documents = await world.store.documents.list('webhooks', null, 100);
  const everything = JSON.stringify([world.lines, documents, world.subscriber]);
  expect(world.lines.length).toBe(retries.maxRefusedAttempts);
  expect(everything).toContain('http://127.0.0.1:');
  for (const secret of ['canary', signingSecret.slice(6, 14)]) expect(everything).not.toContain(secret);
});
