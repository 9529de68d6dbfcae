import { createMemoryStore } from 'pawl/stores/memory';
import { describe, expect, test } from 'vitest';
import { readPlaces } from '../../src/pages/places.js';
import { readTimeline } from '../../src/pages/timeline.js';
import type { ServerEvent } from '../../src/logs/server-event.js';

const at = 1_800_000_000;
const session = { id: 's1', createdAt: at, lastRefreshedAt: null };
const about = { subject: 'alice', sessionId: 's1' };
const created = {
  type: 'session.created',
  at,
  ...about,
  clientId: 'x',
  device: null,
  binding: 'none',
} as const;
const refreshed = {
  type: 'session.refreshed',
  at: at + 1,
  ...about,
  presentedGeneration: 0,
  presentedFork: 0,
  generation: 1,
  fork: 0,
  sinceRotationSeconds: 1,
  windowSeconds: 10,
} as const;

async function logOf(...events: readonly ServerEvent[]) {
  const store = createMemoryStore();
  await store.events.append(
    events.map((event) => ({
      at: event.at,
      subject: 'alice',
      sessionId: 'sessionId' in event ? event.sessionId : null,
      body: JSON.stringify(event),
    })),
  );
  return store.events;
}

describe('the timeline of a session', () => {
  test('has what happened to it, newest first, and marks what may have been a thief', async () => {
    const log = await logOf(
      { ...created, address: '203.0.113.9' },
      { ...created, sessionId: 's2', address: null },
      { ...refreshed, outcome: 'replayed' },
      { type: 'session.wrong-key', at: at + 2, ...about, ended: 'nothing' },
      { type: 'session.revoked', at: at + 3, ...about, cause: 'others' },
    );
    const { entries, isCut } = await readTimeline(log, session);
    expect(entries.map(({ at: when, tone }) => [when - at, tone])).toEqual([
      [3, 'plain'],
      [2, 'alarm'],
      [1, 'plain'],
      [0, 'plain'],
    ]);
    expect(entries.map(({ text }) => text).join('\n')).toMatch(
      /another device\nBlocked.*\n.*retry.*\nLogged in/,
    );
    expect(isCut).toBe(false);
  });

  test('has a sentence for a type that only a later version writes', async () => {
    const later = JSON.parse(`{"type":"session.sang","at":${at},"sessionId":"s1"}`) as ServerEvent;
    const { entries } = await readTimeline(await logOf(later), session);
    expect(entries[0]?.text).toMatch(/^an event/);
  });

  test('tells of the latest refresh, which is not in the log', async () => {
    const log = await logOf({ ...created, address: null }, { ...refreshed, outcome: 'replayed' });
    const { entries } = await readTimeline(log, { ...session, lastRefreshedAt: at + 0.5 });
    expect(entries.map(({ text }) => text)).toEqual([
      expect.stringContaining('retry'),
      'Refreshed, the latest time',
      'Logged in',
    ]);
  });

  test('is bounded, and says so', async () => {
    const log = await logOf(
      ...Array.from({ length: 150 }, () => ({ ...refreshed, outcome: 'replayed' as const })),
    );
    const { entries, isCut } = await readTimeline(log, session);
    expect([entries.length, isCut]).toEqual([100, true]);
  });
});

test('places are those of the logins, as far as the log knows them', async () => {
  const log = await logOf(
    { ...created, address: '203.0.113.9' },
    { ...created, sessionId: 's2', address: null },
    { ...refreshed, sessionId: 's3', outcome: 'healed' },
  );
  const ids = ['s1', 's2', 's3', 's4'];
  const places = await readPlaces(
    log,
    ids.map((id) => ({ id, createdAt: at })),
  );
  expect([...places]).toEqual([['s1', '203.0.113.9']]);
});
