/** Passwords from the own table of users, and a second factor for those who have one. */
import { randomBytes } from 'node:crypto';
import { type AnyAuthority, type Clock, Secret } from 'pawl';
import type { Authenticate, Authentication } from 'pawl/http';
import type { Store } from 'pawl/stores';
import {
  createAttemptCounter,
  createAuthenticate,
  createHasher,
  createThrottle,
  isAcceptablePassword,
  passwordRule,
  preparePassword,
} from 'pawl-server/accounts';
import { isCode } from './otp.js';
import type { Users } from './users.js';

/** How long somebody may look for the phone. */
const stateSeconds = 300;

const hasher = createHasher();

interface Parts {
  readonly users: Users;
  readonly authority: AnyAuthority;
  readonly store: Store;
  readonly clock: Clock;
}

/** What is kept of a right password until the factor comes. */
type Passed = Extract<Authentication, { ok: true }>;

export function createTwoFactors({ users, authority, store, clock }: Parts): Authenticate {
  const checkPassword = createAuthenticate({
    accounts: users,
    hasher,
    throttle: createThrottle(),
    epochOf: (subject) => authority.epochOf(subject),
    clock,
    report: (event) => console.log(event.type, event.address),
  });
  // Whoever has the password must not get a million tries at six digits.
  const wrongCodes = createAttemptCounter({
    free: 5,
    firstDelaySeconds: 1,
    maxDelaySeconds: 300,
    forgetSeconds: 600,
  });

  async function checkFactor(state: string, otp: unknown): Promise<Authentication> {
    const now = clock.now();
    const key = /^[\w-]{43}$/.test(state) ? `otp:${state}` : null;
    const kept = key === null ? null : await store.ephemera.read(key, now);
    if (key === null || kept === null) return { ok: false, reason: 'wrong' };
    const passed = JSON.parse(kept) as Passed;
    const delay = wrongCodes.delaySeconds(passed.subject, now);
    if (delay > 0) return { ok: false, reason: 'throttled', retryAfterSeconds: Math.ceil(delay) };
    // Counted before it is checked: tries at the same time are no more than tries one after the other.
    wrongCodes.add(passed.subject, now);
    const secret = (await users.read(passed.subject))?.otpSecret ?? null;
    if (secret === null || !isCode(secret, otp, now)) return { ok: false, reason: 'wrong' };
    // A state logs in once, and so does a code: somebody may have looked over the user's shoulder.
    const used = `code:${passed.subject}:${String(otp)}`;
    const isFirst =
      (await store.ephemera.take(key, now)) !== null && (await store.ephemera.put(used, '', now + 60, now));
    if (!isFirst) return { ok: false, reason: 'wrong' };
    wrongCodes.forget(passed.subject);
    return { ...passed, amr: ['pwd', 'otp'] };
  }

  return async (attempt) => {
    if (attempt.state !== null) return checkFactor(attempt.state, attempt.members['otp']);
    const passed = await checkPassword(attempt);
    if (!passed.ok) return passed;
    const user = await users.read(passed.subject);
    if (user === null || user.otpSecret === null) return passed;
    const state = randomBytes(32).toString('base64url');
    const now = clock.now();
    await store.ephemera.put(`otp:${state}`, JSON.stringify(passed), now + stateSeconds, now);
    return { ok: false, reason: 'factor', factors: ['otp'], state };
  };
}

/**
 * The hash of a new password, as the table keeps it.
 *
 * @throws Error when it may not be set
 */
export async function hashOf(password: string): Promise<string> {
  const prepared = preparePassword(new Secret(password));
  if (!isAcceptablePassword(prepared)) throw new Error(passwordRule);
  return hasher.hash(prepared);
}
