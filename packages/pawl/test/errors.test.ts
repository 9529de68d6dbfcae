import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type ErrorCode, errors, isPawlError, PawlError } from '../src/errors.js';

const codes = Object.keys(errors) as ErrorCode[];

describe('an error', () => {
  test.each(codes)('%s carries its entry of the catalogue', (code) => {
    const error = new PawlError(code, 'for operators');
    expect(error.entry).toBe(errors[code]);
    expect(error.publicText).toBe(errors[code].publicText);
    expect(error.message).toBe('for operators');
    expect(error.name).toBe('PawlError');
  });

  test('shows the detail to callers in the place of the public text', () => {
    const error = new PawlError('invalid_request', 'for operators', { detail: '"username" is missing.' });
    expect(error.publicText).toBe('"username" is missing.');
  });

  test('does not show the operators’ message to callers', () => {
    expect(new PawlError('internal', 'for operators').publicText).not.toContain('operators');
  });

  test('keeps its cause, and has none when none was given', () => {
    const cause = new Error('below');
    expect(new PawlError('store_unavailable', 'down', { cause }).cause).toBe(cause);
    expect('cause' in new PawlError('store_unavailable', 'down')).toBe(false);
    expect(inspect(new PawlError('store_unavailable', 'down', { cause }))).toContain('below');
  });

  test('asks to wait one second unless it says otherwise', () => {
    expect(new PawlError('store_unavailable', 'down').retryAfterSeconds).toBe(1);
    expect(new PawlError('too_many_attempts', 'wait', { retryAfterSeconds: 30 }).retryAfterSeconds).toBe(30);
  });

  test('is told from others, and by its code', () => {
    const error: unknown = new PawlError('invalid_scope', 'wider');
    expect(isPawlError(error)).toBe(true);
    expect(isPawlError(error, 'invalid_scope')).toBe(true);
    expect(isPawlError(error, 'internal')).toBe(false);
    for (const other of [new Error('x'), { code: 'invalid_scope' }, null, undefined, 'invalid_scope']) {
      expect(isPawlError(other)).toBe(false);
    }
  });
});

describe('the catalogue', () => {
  test('asks for a retry of what is temporary, and of nothing else', () => {
    const retried = codes.filter((code) => errors[code].retry);
    expect(retried.sort()).toEqual([
      'browser_refresh_pending',
      'claims_unavailable',
      'clients_unavailable',
      'feed_unavailable',
      'key_ring_conflict',
      'store_unavailable',
      'too_many_attempts',
      'verification_unavailable',
    ]);
    for (const code of retried) expect([429, 503]).toContain(errors[code].status);
  });
});
