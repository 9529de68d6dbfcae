import type { EventLog, LogEntry } from 'pawl/stores';
import { describe, expect, test } from 'vitest';
import { createEventRecorder } from '../../src/logs/event-recorder.js';
import type { ServerEvent } from '../../src/logs/server-event.js';

function logOf(append: EventLog['append']): EventLog {
  return { append, read: () => Promise.resolve([]), tail: () => Promise.resolve([]) };
}

function added(subject: string): ServerEvent {
  return { type: 'user.added', at: 1_800_000_000, subject };
}

describe('the event recorder', () => {
  test('writes the events of one turn in one batch, in order', async () => {
    const batches: (readonly LogEntry[])[] = [];
    const recorder = createEventRecorder(
      logOf(async (entries) => void batches.push(entries)),
      () => undefined,
    );
    for (const subject of ['a', 'b', 'c']) recorder.record(added(subject));
    await recorder.flush();
    expect(batches.map((batch) => batch.map(({ subject }) => subject))).toEqual([['a', 'b', 'c']]);
  });

  test('leaves ordinary refreshes out, and keeps every other outcome', async () => {
    const bodies: string[] = [];
    const recorder = createEventRecorder(
      logOf(async (entries) => void bodies.push(...entries.map(({ body }) => body))),
      () => undefined,
    );
    for (const outcome of ['rotated', 'kept', 'replayed', 'forked', 'healed'] as const) {
      recorder.record({
        type: 'session.refreshed',
        at: 1_800_000_000,
        subject: 'demo',
        sessionId: 'x',
        outcome,
        presentedGeneration: 0,
        presentedFork: 0,
        generation: 1,
        fork: 0,
        sinceRotationSeconds: null,
        windowSeconds: 10,
      });
    }
    await recorder.flush();
    expect(bodies.map((body) => (JSON.parse(body) as { readonly outcome: string }).outcome)).toEqual([
      'replayed',
      'forked',
      'healed',
    ]);
  });

  test('a store that fails is reported, and later events are written', async () => {
    const failures: unknown[] = [];
    const written: LogEntry[] = [];
    let down = true;
    const recorder = createEventRecorder(
      logOf(async (entries) => {
        if (down) throw new Error('the store is down');
        written.push(...entries);
      }),
      (error) => failures.push(error),
    );
    recorder.record(added('lost'));
    await recorder.flush();
    down = false;
    recorder.record(added('kept'));
    await recorder.flush();
    expect(failures).toHaveLength(1);
    expect(written.map(({ subject }) => subject)).toEqual(['kept']);
  });
});
