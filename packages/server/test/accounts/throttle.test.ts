import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  accountLimit,
  accountLoginLimit,
  addressLimit,
  createThrottle,
  pairLimit,
  pairLoginLimit,
  type Throttle,
} from '../../src/accounts/throttle.js';

const startAt = 1_800_000_000;

function fail(throttle: Throttle, account: string, address: string, now: number): boolean {
  return throttle.admit(account, address, now).admitted;
}

function succeed(throttle: Throttle, account: string, address: string, now: number): boolean {
  const admission = throttle.admit(account, address, now);
  if (admission.admitted) admission.succeed(now);
  return admission.admitted;
}

/** Logs in as often and as early as it may, for a while; resolves to the number of logins. */
function loginsFor(throttle: Throttle, seconds: number, addresses: readonly string[]): number {
  let logins = 0;
  for (let now = startAt; now < startAt + seconds; now += 0.25) {
    for (const address of addresses) {
      for (;;) {
        const admission = throttle.admit('alice', address, now);
        if (!admission.admitted || admission.succeed(now) > 0) break;
        logins += 1;
      }
    }
  }
  return logins;
}

/** Fails as often and as early as it may, for a while; resolves to the number of guesses. */
function guessFor(throttle: Throttle, seconds: number, next: () => readonly [string, string]): number {
  let guesses = 0;
  for (let now = startAt; now < startAt + seconds; now += 0.5) {
    const [account, address] = next();
    while (fail(throttle, account, address, now)) guesses += 1;
  }
  return guesses;
}

describe('the login throttle', () => {
  test('lets a hundred right passwords in a row pass, also while others at the address fail', () => {
    const throttle = createThrottle();
    for (let i = 0; i < 100; i++) {
      if (i < 40) fail(throttle, `other${i}`, '192.0.2.1', startAt);
      expect(succeed(throttle, 'alice', '192.0.2.1', startAt)).toBe(true);
    }
  });

  test('lets sixty logins in a minute pass, for hours', () => {
    const throttle = createThrottle();
    for (let now = startAt; now < startAt + 3 * 3600; now += 1) {
      expect(succeed(throttle, 'ci', '192.0.2.1', now)).toBe(true);
    }
  });

  test('slows down hundreds of logins in a minute, of one address and of one account', () => {
    const perMinute = ({ free, forgetSeconds }: typeof pairLoginLimit): number =>
      free + 60 / forgetSeconds + 1;
    const one = loginsFor(createThrottle(), 60, ['192.0.2.1']);
    expect(one).toBeLessThanOrEqual(perMinute(pairLoginLimit));
    const many = Array.from({ length: 50 }, (_, index) => `192.0.2.${index}`);
    expect(loginsFor(createThrottle(), 60, many)).toBeLessThanOrEqual(perMinute(accountLoginLimit));
  });

  test('lets the user log in elsewhere, known or not, and others at the address, while one address logs in all the time', () => {
    const throttle = createThrottle();
    succeed(throttle, 'alice', '198.51.100.1', startAt);
    for (let now = startAt; now < startAt + 600; now += 0.25) {
      const admission = throttle.admit('alice', '192.0.2.1', now);
      if (admission.admitted) admission.succeed(now);
      if (now % 20 !== 0) continue;
      for (const [account, address] of [
        ['alice', '198.51.100.1'],
        ['alice', '198.51.100.2'],
        ['bob', '192.0.2.1'],
      ] as const) {
        const other = throttle.admit(account, address, now);
        expect(other.admitted && other.succeed(now)).toBe(0);
      }
    }
  });

  test('never makes a login wait for more than seconds, and lets it pass after the stated ones', () => {
    const throttle = createThrottle();
    for (let now = startAt; now < startAt + 600; now += 0.05) {
      const admission = throttle.admit('alice', '192.0.2.1', now);
      if (admission.admitted) expect(admission.succeed(now)).toBeLessThanOrEqual(5);
      else expect(admission.retryAfterSeconds).toBeLessThanOrEqual(5);
    }
    expect(throttle.delaySeconds('alice', '192.0.2.1', startAt + 605)).toBe(0);
  });

  test('does not tell strangers that a user logs in too often', () => {
    const throttle = createThrottle();
    const many = Array.from({ length: 50 }, (_, index) => `192.0.2.${index}`);
    loginsFor(throttle, 1, many);
    expect(throttle.delaySeconds('alice', '192.0.2.1', startAt + 0.8)).toBeGreaterThan(0);
    expect(throttle.delaySeconds('alice', '203.0.113.1', startAt + 0.8)).toBe(0);
    const stranger = throttle.admit('alice', '203.0.113.1', startAt + 0.8);
    expect(stranger.admitted && stranger.succeed(startAt + 0.8)).toBeGreaterThan(0);
  });

  test('lets right passwords pass that are checked at the same time', () => {
    const throttle = createThrottle();
    for (let round = 0; round < 30; round++) {
      const together = [1, 2, 3].map(() => throttle.admit('alice', '192.0.2.1', startAt));
      for (const admission of together) {
        expect(admission.admitted).toBe(true);
        if (admission.admitted) admission.succeed(startAt);
      }
    }
  });

  test('gives attempts at the same time no more guesses than attempts one by one', () => {
    const throttle = createThrottle();
    const admitted = Array.from({ length: 50 }, () => fail(throttle, 'alice', '192.0.2.1', startAt));
    expect(admitted.filter(Boolean)).toHaveLength(pairLimit.free);
  });

  test('one pair gets its free failures and then one guess per capped delay', () => {
    const guesses = guessFor(createThrottle(), 3600, () => ['alice', '192.0.2.1']);
    expect(guesses).toBeGreaterThan(60);
    expect(guesses).toBeLessThanOrEqual(pairLimit.free + 6 + 3600 / pairLimit.maxDelaySeconds);
  });

  test('one address that tries many users is slowed down', () => {
    let count = 0;
    const guesses = guessFor(createThrottle(), 3600, () => [`user${count++}`, '192.0.2.1']);
    expect(guesses).toBeLessThanOrEqual(addressLimit.free + 70 + 3600 / addressLimit.maxDelaySeconds);
  });

  test('many addresses that try one user are slowed down', () => {
    let count = 0;
    const throttle = createThrottle();
    let guesses = 0;
    for (let now = startAt; now < startAt + 600; now += 0.1) {
      if (fail(throttle, 'alice', `10.0.${(count >> 8) & 255}.${count++ & 255}`, now)) guesses += 1;
    }
    expect(guesses).toBeLessThanOrEqual(accountLimit.free + 5 + 600 / accountLimit.maxDelaySeconds + 20);
  });

  test('an address from which the user has logged in is not delayed by others, near or far', () => {
    const throttle = createThrottle();
    succeed(throttle, 'alice', '192.0.2.1', startAt);
    for (let i = 0; i < 500; i++) {
      fail(throttle, 'alice', `10.0.${i >> 8}.${i & 255}`, startAt);
      fail(throttle, `user${i}`, '192.0.2.1', startAt);
    }
    expect(succeed(throttle, 'alice', '192.0.2.1', startAt)).toBe(true);
    expect(throttle.delaySeconds('alice', '198.51.100.1', startAt)).toBeGreaterThan(0);
    expect(throttle.delaySeconds('bob', '192.0.2.1', startAt)).toBeGreaterThan(0);
  });

  test('a login of an own account does not win an attacker more guesses at another', () => {
    const throttle = createThrottle();
    let guesses = 0;
    for (let i = 0; i < 100; i++) {
      succeed(throttle, 'mallory', '192.0.2.1', startAt);
      if (fail(throttle, 'alice', '192.0.2.1', startAt)) guesses += 1;
    }
    expect(guesses).toBe(pairLimit.free);
  });

  test('counts the addresses of one IPv6 subscriber as one', () => {
    const throttle = createThrottle();
    const admitted = Array.from({ length: 50 }, (_, i) =>
      fail(throttle, 'alice', `2001:db8:1:2::${i.toString(16)}`, startAt),
    );
    expect(admitted.filter(Boolean)).toHaveLength(pairLimit.free);
    expect(fail(throttle, 'alice', '2001:db8:1:3::1', startAt)).toBe(true);
  });

  test('whatever happened: a refused attempt extends nothing, and after the stated delay an attempt is admitted', () => {
    const attempt = fc.record({
      account: fc.constantFrom('alice', 'bob'),
      address: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1'),
      right: fc.boolean(),
      waitSeconds: fc.double({ min: 0, max: 90, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 300 }), (attempts) => {
        const throttle = createThrottle();
        let now = startAt;
        for (const { account, address, right, waitSeconds } of attempts) {
          now += waitSeconds / 30;
          const admission = throttle.admit(account, address, now);
          if (admission.admitted) {
            if (right) admission.succeed(now);
            continue;
          }
          const { retryAfterSeconds } = admission;
          expect(retryAfterSeconds).toBeLessThanOrEqual(60);
          expect(throttle.admit(account, address, now)).toEqual(admission);
          expect(throttle.delaySeconds(account, address, now + retryAfterSeconds)).toBe(0);
        }
      }),
    );
  });
});
