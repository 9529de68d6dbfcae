import { describe, expect, test } from 'vitest';
import {
  createEventAllowance,
  eventsOfAllCallers,
  eventsPerMinute,
  maxCallers,
} from '../../src/logs/event-allowance.js';
import type { ServerEvent } from '../../src/logs/server-event.js';

const minuteStart = 1_800_000_000;

function refused(at: number, sessionId: string | null = null): ServerEvent {
  return {
    type: 'refresh.refused',
    at,
    subject: null,
    sessionId,
    reason: sessionId === null ? 'malformed' : 'revoked',
    address: '192.0.2.1',
  };
}

function times<Value>(count: number, work: (index: number) => Value): Value[] {
  return Array.from({ length: count }, (_, index) => work(index));
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

const threefold = eventsPerMinute * 3;
const about = { at: minuteStart, subject: 'ada', sessionId: 'a' } as const;

const created = (address: string, subject = 'ada'): ServerEvent => ({
  ...about,
  subject,
  type: 'session.created',
  clientId: 'first-party',
  device: null,
  binding: 'none',
  address,
});

function ended(cause: Extract<ServerEvent, { type: 'session.revoked' }>['cause']): ServerEvent {
  return { ...about, type: 'session.revoked', cause };
}

const always: readonly ServerEvent[] = [
  ended('reused'),
  ended('revoked'),
  ended('others'),
  ended('disabled'),
  {
    ...about,
    type: 'session.reused',
    presentedGeneration: 0,
    presentedFork: 0,
    generation: 2,
    fork: 0,
    sinceRotationSeconds: 9,
    ended: 'subject',
  },
  { ...about, type: 'session.wrong-key', ended: 'session' },
  { ...about, type: 'subject.revoked', cause: 'reused' },
  { at: minuteStart, type: 'user.password-changed', subject: 'ada' },
];

test.each(
  always,
)('what points to a thief, and a change that nobody repeats at will, is always written down: $type $cause', (event) => {
  const allows = createEventAllowance();
  expect(new Set(times(threefold, () => allows(event)))).toEqual(new Set(['yes']));
});

const atWill: readonly ServerEvent[] = [
  created('192.0.2.1'),
  { ...about, type: 'session.reauthenticated', amr: ['pwd'], address: '192.0.2.1' },
  ended('logout'),
  ended('limit'),
  ended('replaced'),
  { ...about, type: 'session.wrong-key', ended: 'nothing' },
  { ...about, type: 'session.forged' },
  {
    ...about,
    type: 'session.replayed-elsewhere',
    presentedGeneration: 0,
    generation: 1,
    sinceRotationSeconds: 1,
    address: null,
  },
];

test.each(atWill)('what a user does at will is written down up to the limit: $type $cause', (event) => {
  const allows = createEventAllowance();
  const answers = times(threefold, (index) => allows(fresh(event, index)));
  expect(answers.filter((answer) => answer === 'yes')).toHaveLength(eventsPerMinute);
  expect(answers.indexOf('first-over')).toBe(eventsPerMinute);
  expect(answers.lastIndexOf('first-over')).toBe(eventsPerMinute);
});

/** Of another session, where a login gives each event its own. */
function fresh(event: ServerEvent, index: number): ServerEvent {
  const isOfLogin = ['session.created', 'session.revoked'].includes(event.type);
  return isOfLogin && 'sessionId' in event ? { ...event, sessionId: `session ${index}` } : event;
}

test('logins of one user or from one address hide no others, and logouts no other ends', () => {
  const allows = createEventAllowance();
  times(threefold, () => allows(created('192.0.2.1')));
  times(threefold, () => allows(ended('logout')));
  expect(allows(created('192.0.2.2'))).toBe('yes');
  expect(allows(created('192.0.2.1', 'bob'))).toBe('yes');
  expect(allows(ended('limit'))).toBe('yes');
});

const fromCaller: readonly (readonly [string, (address: string | null) => ServerEvent])[] = [
  ['proof.refused', (address) => ({ type: 'proof.refused', at: minuteStart, reason: 'malformed', address })],
  [
    'login.throttled',
    (address) => ({ type: 'login.throttled', at: minuteStart, retryAfterSeconds: 1, address }),
  ],
  ['refresh.refused', (address) => ({ ...refused(minuteStart), address }) as ServerEvent],
  [
    'login.failed',
    (address) => ({ type: 'login.failed', at: minuteStart, subject: null, reason: 'unknown-user', address }),
  ],
];

describe.each(fromCaller)('junk that ends in %s', (_, event) => {
  test('from one caller hides nothing of another, and addresses of one subscriber are one caller', () => {
    const allows = createEventAllowance();
    const answers = times(threefold, (index) => allows(event(`2001:db8:1:2::${index.toString(16)}`)));
    expect(answers.filter((answer) => answer === 'yes')).toHaveLength(eventsPerMinute);
    for (const address of ['2001:db8:1:3::1', '192.0.2.1', null]) expect(allows(event(address))).toBe('yes');
  });

  test('from many callers leaves the first line of another, up to a number of callers, and a bound for all', () => {
    const allows = createEventAllowance();
    const addresses = times(maxCallers - 1, (index) => `10.0.${index >> 8}.${index & 255}`);
    const answers = times(10, () => addresses.map((address) => allows(event(address)))).flat();
    expect(answers.filter((answer) => answer === 'first-over')).toHaveLength(1);
    expect(allows(event('192.0.2.1'))).toBe('yes');
    const late = times(5000, (index) => allows(event(`10.9.${index >> 8}.${index & 255}`)));
    const written = [...answers, ...late].filter((answer) => answer === 'yes');
    expect(written.length).toBeLessThanOrEqual(eventsOfAllCallers + maxCallers + 1);
  });
});
