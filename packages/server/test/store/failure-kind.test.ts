import { describe, expect, test } from 'vitest';
import { explainKind, failureKind } from '../../src/store/failure-kind.js';

const secret = 'kX9vQ2mB7z';

describe('the kind of a failure', () => {
  test.each([
    [Object.assign(new Error(`connect ECONNREFUSED ${secret}`), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    [Object.assign(new Error(`role "${secret}"`), { code: '28P01', severity: 'FATAL' }), '28P01'],
    [new Error(`WRONGPASS ${secret}`), 'WRONGPASS'],
    [
      Object.assign(new Error('Failed to refresh slots cache.'), {
        lastNodeError: new Error(`NOAUTH ${secret}`),
      }),
      'NOAUTH',
    ],
    [new AggregateError([Object.assign(new Error(secret), { code: 'ETIMEDOUT' })]), 'ETIMEDOUT'],
    [new Error('outer', { cause: Object.assign(new Error(secret), { code: 'ENOTFOUND' }) }), 'ENOTFOUND'],
    [new TypeError(secret), 'TypeError'],
    [Object.assign(new Error(secret), { code: `x ${secret}` }), 'Error'],
    [secret, 'unknown'],
  ])('%o is told without quoting it', (error, kind) => {
    expect(failureKind(error)).toBe(kind);
  });

  test('is explained where an operator can do something', () => {
    expect(explainKind('WRONGPASS')).toBe('the user or the password is wrong (WRONGPASS)');
    expect(explainKind('TypeError')).toBe('TypeError');
  });
});
