import { policies } from 'pawl/rotation';
import { describe, expect, test } from 'vitest';
import { policiesOf } from '../../src/config/policies.js';

const unset = { policy: null, cookiePolicy: null, windowSeconds: null, onReuse: 'subject' } as const;

describe('the policies of the options', () => {
  test.each([
    [{}, policies.balanced, policies.resilient],
    [{ policy: 'strict' }, policies.strict, policies.strict],
    [{ cookiePolicy: 'balanced' }, policies.balanced, policies.balanced],
    [{ policy: 'resilient', cookiePolicy: 'strict' }, policies.resilient, policies.strict],
    [
      { windowSeconds: 5, onReuse: 'session' },
      { ...policies.balanced, windowSeconds: 5, onReuse: 'session' },
      { ...policies.resilient, windowSeconds: 5, onReuse: 'session' },
    ],
  ] as const)('%o', (config, policy, cookiePolicy) => {
    expect(policiesOf({ ...unset, ...config })).toEqual({ policy, cookiePolicy });
  });
});
