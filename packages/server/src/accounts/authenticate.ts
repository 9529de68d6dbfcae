import { type Clock, type Secret, systemClock } from 'pawl';
import type { Authentication, LoginAttempt } from 'pawl/http';
import type { LoginFailed, LoginThrottled } from '../logs/server-event.js';
import type { Hasher } from './hasher.js';
import { normaliseIdentifier } from './identifier.js';
import { isAcceptablePassword, preparePassword } from './password.js';
import { setNewest } from './set-newest.js';
import type { Throttle } from './throttle.js';

/** What a login asks of an account. */
export interface LoginAccount {
  /** The subject of its sessions. */
  readonly id: string;
  /** The names and addresses that it may log in with, as `normaliseIdentifier` keeps them. */
  readonly identifiers: readonly string[];
  /** PHC string. */
  readonly passwordHash: string;
  readonly disabled: boolean;
}

/** Where accounts are looked up. Looking for one that is not there must take as long as for one that is. */
export interface LoginAccounts<Account extends LoginAccount = LoginAccount> {
  /** The id of the account that a name or an address points to. */
  idOf(identifier: string): Promise<string | null>;
  read(id: string): Promise<Account | null>;
  /** Replaces the hash of an account, unless the account was changed since it was read. */
  rehash(account: Account, passwordHash: string): Promise<void>;
}

export interface AuthenticateOptions<Account extends LoginAccount = LoginAccount> {
  readonly accounts: LoginAccounts<Account>;
  readonly hasher: Hasher;
  readonly throttle: Throttle;
  /** How often the subject was revoked: `authority.epochOf`. */
  readonly epochOf: (subject: string) => Promise<number>;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Told of each login that failed or was held back. Default: nobody. */
  readonly report?: (event: LoginFailed | LoginThrottled) => void;
}

/** When too many attempts wait, a caller comes back after this. */
const busySeconds = 1;

/** Asked for in the place of an account that is not there, so that the store is asked as often. */
const nobody = 'nobody';

/** Identifiers whose account is remembered, newest kept. */
const maxKnownIds = 100_000;

type Attempt = Pick<LoginAttempt, 'username' | 'password' | 'address'>;

/**
 * Checks the password of a login, for `createHandler`. Unknown and disabled users take the same time and give the same answer as a wrong password, and are
 * throttled alike; all names of one account are throttled as one.
 *
 * Does NOT know a second factor.
 */
export function createAuthenticate<Account extends LoginAccount>(
  options: AuthenticateOptions<Account>,
): (attempt: Attempt) => Promise<Authentication> {
  const { hasher, throttle, clock = systemClock } = options;
  const knownIds = createKnownIds();
  return async (attempt) => {
    const identifier = normaliseIdentifier(attempt.username);
    const key = keyOf(identifier, knownIds.get(identifier));
    // Asked before waiting for a slot: a flood of attempts that have to wait anyway costs nothing.
    const delay = throttle.delaySeconds(key, attempt.address, clock.now());
    if (delay > 0) return refuse(options, attempt, Math.ceil(delay));
    const place = throttle.placeOf(key, attempt.address);
    const checked = await hasher.whenFree(place, () => check(options, attempt, identifier, knownIds));
    return checked ?? refuse(options, attempt, busySeconds);
  };
}

/** What the throttle counts an attempt under. */
function keyOf(identifier: string | null, id: string | null): string {
  return id ?? (identifier === null ? 'malformed names' : `name ${identifier}`);
}

interface KnownIds {
  get(identifier: string | null): string | null;
  set(identifier: string | null, id: string | null): void;
}

/** The accounts that names were found to point to. An old answer costs nothing but a place in another queue: the account is read at each attempt. */
function createKnownIds(): KnownIds {
  const ids = new Map<string, string>();
  return {
    get: (identifier) => ids.get(identifier ?? '') ?? null,
    set(identifier, id) {
      if (identifier === null) return;
      if (id === null) ids.delete(identifier);
      else setNewest(ids, identifier, id, maxKnownIds);
    },
  };
}

function refuse<Account extends LoginAccount>(
  { clock = systemClock, report }: AuthenticateOptions<Account>,
  { address }: Attempt,
  retryAfterSeconds: number,
): Authentication {
  report?.({ type: 'login.throttled', at: clock.now(), address, retryAfterSeconds });
  return { ok: false, reason: 'throttled', retryAfterSeconds };
}

async function check<Account extends LoginAccount>(
  options: AuthenticateOptions<Account>,
  attempt: Attempt,
  identifier: string | null,
  knownIds: KnownIds,
): Promise<Authentication> {
  const { throttle, clock = systemClock, report } = options;
  // The store first: when it fails, nobody has failed to log in.
  const { account, epoch } = await find(options, identifier);
  const id = account?.id ?? null;
  knownIds.set(identifier, id);
  const admission = throttle.admit(keyOf(identifier, id), attempt.address, clock.now());
  if (!admission.admitted) return refuse(options, attempt, admission.retryAfterSeconds);

  const passwords = { typed: attempt.password, prepared: preparePassword(attempt.password) };
  const matches = await verifyPassword(options, account, passwords);
  if (matches === 'no' || account === null || account.disabled) {
    report?.({
      type: 'login.failed',
      at: clock.now(),
      // A name without an account may be a password that was typed into the wrong field.
      subject: id,
      reason: account === null ? 'unknown-user' : matches === 'no' ? 'wrong-password' : 'disabled',
      address: attempt.address,
    });
    return { ok: false, reason: 'wrong' };
  }
  const waitSeconds = admission.succeed(clock.now());
  if (waitSeconds > 0) return refuse(options, attempt, waitSeconds);
  await renewHash(options, account, passwords.prepared, matches);
  return { ok: true, subject: account.id, amr: ['pwd'], epoch };
}

async function find<Account extends LoginAccount>(
  { accounts, epochOf }: AuthenticateOptions<Account>,
  identifier: string | null,
): Promise<{ readonly account: Account | null; readonly epoch: number }> {
  const id = (identifier === null ? null : await accounts.idOf(identifier)) ?? nobody;
  // Before the account is read: whoever is disabled, or gets another password, while this goes on is revoked after it.
  const epoch = await epochOf(id);
  const account = await accounts.read(id);
  const isItsOwn = identifier !== null && account?.identifiers.includes(identifier) === true;
  return { account: isItsOwn ? account : null, epoch };
}

/** `as-typed`: the hash is of the password before it was prepared, as an older version or another system made it. */
type Match = 'no' | 'prepared' | 'as-typed';

interface Passwords {
  readonly typed: Secret;
  readonly prepared: Secret;
}

/** Whether there is an account or not, a password of one form costs one hash, and one of two forms costs two when the first does not fit. */
async function verifyPassword<Account extends LoginAccount>(
  { hasher }: AuthenticateOptions<Account>,
  account: Account | null,
  { typed, prepared }: Passwords,
): Promise<Match> {
  const phc = account?.passwordHash ?? null;
  if (await hasher.verify(phc, prepared)) return 'prepared';
  if (prepared.reveal() === typed.reveal()) return 'no';
  return (await hasher.verify(phc, typed)) ? 'as-typed' : 'no';
}

async function renewHash<Account extends LoginAccount>(
  { accounts, hasher }: AuthenticateOptions<Account>,
  account: Account,
  prepared: Secret,
  match: Match,
): Promise<void> {
  const isOld = hasher.needsRehash(account.passwordHash) || match === 'as-typed';
  // What may not be set any more stays as it is, so that its owner still logs in.
  if (isOld && isAcceptablePassword(prepared)) await accounts.rehash(account, await hasher.hash(prepared));
}
