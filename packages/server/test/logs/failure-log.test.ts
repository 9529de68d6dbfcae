import { PawlError } from 'pawl';
import { describe, expect, test } from 'vitest';
import { createFailureLog } from '../../src/logs/failure-log.js';

function logged() {
  const lines: unknown[][] = [];
  let now = 1000;
  const keep = (...parts: unknown[]): void => void lines.push(parts);
  const log = createFailureLog({ error: keep, warn: keep }, () => now);
  return { lines, log, advance: (seconds: number) => (now += seconds) };
}

const down = new PawlError('store_unavailable', 'the Redis store did not answer in time');

describe('failures of the store', () => {
  test('are one line a minute, with the number of those between', () => {
    const { lines, log, advance } = logged();
    for (let i = 0; i < 1000; i++) log.failed('a request failed', down);
    advance(61);
    log.failed('a request failed', down);
    advance(61);
    log.failed('a request failed', down);
    expect(lines).toEqual([
      ['a request failed: the Redis store did not answer in time'],
      ['a request failed: the Redis store did not answer in time (999 times more since the last such line)'],
      ['a request failed: the Redis store did not answer in time'],
    ]);
  });

  test('of different kinds are different lines', () => {
    const { lines, log } = logged();
    log.failed('a request failed', down);
    log.failed('background work failed', down);
    log.disconnected('ECONNREFUSED');
    log.disconnected('ECONNREFUSED');
    log.disconnected('READONLY');
    expect(lines).toHaveLength(4);
    expect(lines[2]).toEqual(['a connection to the store failed: nobody listens there (ECONNREFUSED)']);
  });

  test('never fill the memory', () => {
    const { lines, log } = logged();
    for (let i = 0; i < 1000; i++) log.failed(`attempt ${i} failed`, down);
    expect(lines).toHaveLength(1000);
  });
});

describe('other failures', () => {
  test('are logged with the error', () => {
    const { lines, log } = logged();
    const bug = new TypeError('a bug');
    log.failed('a request failed', bug);
    log.failed('a request failed', bug);
    expect(lines).toEqual([
      [{ err: bug }, 'a request failed'],
      [{ err: bug }, 'a request failed'],
    ]);
  });

  test('are ten lines a minute of one place in the program, with the number of those between, whatever they say', () => {
    const { lines, log, advance } = logged();
    const bug = (index: number): Error => new TypeError(`cannot read ${index}`);
    for (let index = 0; index < 1000; index += 1) log.failed('a request failed', bug(index));
    expect(lines).toHaveLength(10);
    log.failed('a request failed', new RangeError('another bug'));
    expect(lines).toHaveLength(11);
    advance(61);
    log.failed('a request failed', bug(1000));
    expect(lines[11]?.[1]).toBe('a request failed (990 times more since the last such line)');
  });
});
