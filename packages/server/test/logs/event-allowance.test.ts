import { expect, test } from 'vitest';
import { createEventAllowance, eventsPerMinute } from '../../src/logs/event-allowance.js';
import type { ServerEvent } from '../../src/logs/server-event.js';

const minuteStart = 1_800_000_000;

function refused(at: number, sessionId: string | null = null): ServerEvent {
  return {
    type: 'refresh.refused',
    at,
    subject: null,
    sessionId,
    reason: sessionId === null ? 'malformed' : 'revoked',
  };
}

function times<Value>(count: number, work: () => Value): Value[] {
  return Array.from({ length: count }, work);
}

test('a flood of one kind is written down up to the limit, announced once, and left out until the minute is over', () => {
  const allows = createEventAllowance();
  expect(new Set(times(eventsPerMinute, () => allows(refused(minuteStart))))).toEqual(new Set(['yes']));
  expect(times(3, () => allows(refused(minuteStart + 59.9)))).toEqual(['first-over', 'no', 'no']);
  expect(allows(refused(minuteStart + 60))).toBe('yes');
});

test('events that come late at the end of a minute do not begin it again', () => {
  const allows = createEventAllowance();
  const ends = times(eventsPerMinute * 3, () => [minuteStart + 60, minuteStart + 59.9]).flat();
  expect(ends.filter((at) => allows(refused(at)) === 'yes').length).toBe(eventsPerMinute);
});

test('a clock that is set back begins a minute of its own', () => {
  const allows = createEventAllowance();
  times(eventsPerMinute + 5, () => allows(refused(minuteStart)));
  expect(allows(refused(minuteStart - 3600))).toBe('yes');
});

test('a flood about one session takes nothing from another', () => {
  const allows = createEventAllowance();
  times(eventsPerMinute + 5, () => allows(refused(minuteStart, 'a')));
  expect(allows(refused(minuteStart, 'b'))).toBe('yes');
});

test('a change of state is always written down', () => {
  const allows = createEventAllowance();
  const ended: ServerEvent = {
    type: 'session.revoked',
    at: minuteStart,
    subject: 'ada',
    sessionId: 'a',
    cause: 'logout',
  };
  expect(new Set(times(eventsPerMinute * 3, () => allows(ended)))).toEqual(new Set(['yes']));
});
