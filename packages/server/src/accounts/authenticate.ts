import type { Clock } from 'pawl';
import type { Authentication, LoginAttempt } from 'pawl/http';
import type { LoginFailed, LoginThrottled } from '../logs/server-event.js';
import type { Account, Accounts } from './accounts.js';
import type { Hasher } from './hasher.js';
import type { Throttle } from './throttle.js';
import { normaliseUsername } from './username.js';

export interface AuthenticateOptions {
  readonly accounts: Accounts;
  readonly hasher: Hasher;
  readonly throttle: Throttle;
  /** How often the subject was revoked. */
  readonly epochOf: (subject: string) => Promise<number>;
  readonly clock: Clock;
  readonly report: (event: LoginFailed | LoginThrottled) => void;
}

/** When too many attempts wait, a caller comes back after this. */
const busySeconds = 1;

/**
 * Checks the password of one login. Unknown and disabled users take the same time and give the same answer as a wrong
 * password, and are throttled alike.
 */
export function createAuthenticate(
  options: AuthenticateOptions,
): (attempt: LoginAttempt) => Promise<Authentication> {
  const { hasher, throttle, clock } = options;
  return async (attempt) => {
    const name = normaliseUsername(attempt.username);
    const key = name ?? 'malformed names';
    // Asked before waiting for a slot: a flood of attempts that have to wait anyway costs nothing.
    const delay = throttle.delaySeconds(key, attempt.address, clock.now());
    if (delay > 0) return refuse(options, attempt, Math.ceil(delay));
    const place = throttle.placeOf(key, attempt.address);
    const checked = await hasher.whenFree(place, () => check(options, attempt, name, key));
    return checked ?? refuse(options, attempt, busySeconds);
  };
}

function refuse(
  { clock, report }: AuthenticateOptions,
  { address }: LoginAttempt,
  retryAfterSeconds: number,
): Authentication {
  report({ type: 'login.throttled', at: clock.now(), address, retryAfterSeconds });
  return { ok: false, reason: 'throttled', retryAfterSeconds };
}

async function check(
  options: AuthenticateOptions,
  attempt: LoginAttempt,
  name: string | null,
  key: string,
): Promise<Authentication> {
  const { accounts, hasher, throttle, epochOf, clock, report } = options;
  // Before the account is read: whoever is disabled, or gets another password, while this goes on is revoked after it.
  const epoch = name === null ? 0 : await epochOf(name);
  // The store first: when it fails, nobody has failed to log in.
  const account = name === null ? null : await accounts.find(name);
  const admission = throttle.admit(key, attempt.address, clock.now());
  if (!admission.admitted) return refuse(options, attempt, admission.retryAfterSeconds);

  const matches = await hasher.verify(account?.passwordHash ?? null, attempt.password);
  if (!matches || account === null || account.disabled) {
    report({
      type: 'login.failed',
      at: clock.now(),
      // A name without an account may be a password that was typed into the wrong field.
      subject: account?.name ?? null,
      reason: account === null ? 'unknown-user' : matches ? 'disabled' : 'wrong-password',
      address: attempt.address,
    });
    return { ok: false, reason: 'wrong' };
  }
  const waitSeconds = admission.succeed(clock.now());
  if (waitSeconds > 0) return refuse(options, attempt, waitSeconds);
  await renewHash(options, account, attempt);
  return { ok: true, subject: account.name, amr: ['pwd'], epoch };
}

async function renewHash(
  { accounts, hasher }: AuthenticateOptions,
  account: Account,
  { password }: LoginAttempt,
): Promise<void> {
  if (hasher.needsRehash(account.passwordHash)) await accounts.rehash(account, password);
}
