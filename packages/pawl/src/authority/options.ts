import { type Clock, systemClock } from '../base/clock.js';
import { type Random, systemRandom } from '../base/random.js';
import {
  type AccessAlgorithm,
  algorithms,
  defaultSchedule,
  type KeySchedule,
  type MasterKey,
} from '../keys/index.js';
import {
  checkAudience,
  checkIssuer,
  flag,
  hasMembers,
  invalid,
  kindOf,
  namesOf,
  oneOf,
  refuseUnknown,
  seconds,
} from '../option-checks.js';
import { type Policy, policies } from '../rotation/index.js';
import { endedRetentionSeconds } from '../stores/index.js';
import { accessLifetimeSpread, type RefreshFormat } from '../tokens/index.js';
import type { AuthorityOptions, Mode, PolicyOption } from './authority.js';
import { ringStaleSeconds } from './present.js';

const daySeconds = 86_400;

/** The options that have a default of their own. */
export type DefaultedOptions = Required<
  Pick<
    AuthorityOptions<Mode>,
    | 'mode'
    | 'policy'
    | 'accessSeconds'
    | 'idleSeconds'
    | 'absoluteSeconds'
    | 'maxSessionsPerSubject'
    | 'refreshFormat'
    | 'accessAlgorithm'
    | 'requireDpopNonce'
    | 'clientKeyChange'
  >
>;

/** Every default of the authority, each with its reason. */
export const defaults: DefaultedOptions = {
  /** Other services check an access token without asking this one. */
  mode: 'tokens',
  /** A tab that wakes up, a retry and a slow network fit into its window; a thief has to be quick. */
  policy: 'balanced',
  /** The longest that a verifier without the revocation feed accepts a revoked token. */
  accessSeconds: 300,
  /** Somebody who comes by every week stays logged in. */
  idleSeconds: 14 * daySeconds,
  /** A stolen session that nobody notices ends within a quarter of a year. */
  absoluteSeconds: 90 * daySeconds,
  /** Above what people own, below what makes the device list useless. */
  maxSessionsPerSubject: 100,
  /** A third of the size of a JWT, and nothing in it invites a client to read it. */
  refreshFormat: 'opaque',
  /** Small signatures, supported by every JOSE library. */
  accessAlgorithm: 'ES256',
  /** A proof that was made ahead of time gets tokens which only further proofs can use, so it saves one request to do without. */
  requireDpopNonce: false,
  /** RFC 9449 §5: its secret already ties the refresh token to such a client, whose processes may have a key each. */
  clientKeyChange: 'authenticated',
};

/** The options after checking, with every default filled in. */
export interface ResolvedOptions {
  readonly issuer: string;
  readonly audience: string | readonly string[];
  readonly masterKeys: readonly MasterKey[];
  readonly mode: Mode;
  readonly policy: Policy;
  readonly accessSeconds: number;
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  readonly maxSessionsPerSubject: number;
  readonly refreshFormat: RefreshFormat;
  readonly accessAlgorithm: AccessAlgorithm;
  readonly keySchedule: Partial<KeySchedule>;
  readonly revocationRetentionSeconds: number;
  readonly requireDpopNonce: boolean;
  readonly clientKeyChange: 'authenticated' | 'never';
  readonly maintenance: 'automatic' | 'manual';
  readonly clock: Clock;
  readonly random: Random;
}

const known: ReadonlySet<string> = new Set<keyof AuthorityOptions<Mode>>([
  'issuer',
  'allowInsecureIssuer',
  'audience',
  'store',
  'masterKey',
  'mode',
  'policy',
  'accessSeconds',
  'idleSeconds',
  'absoluteSeconds',
  'maxSessionsPerSubject',
  'refreshFormat',
  'accessAlgorithm',
  'keySchedule',
  'revocationRetentionSeconds',
  'requireDpopNonce',
  'clientKeyChange',
  'claims',
  'onEvent',
  'onBackgroundError',
  'maintenance',
  'clock',
  'random',
]);

/**
 * Checks every option once, so that nothing behind it has to.
 *
 * @throws PawlError `option_invalid` naming the option, what it is and what it must be
 */
export function resolveOptions(options: AuthorityOptions<Mode>): ResolvedOptions {
  refuseUnknown(options, known);
  checkPorts(options);
  const accessSeconds = seconds('accessSeconds', options.accessSeconds ?? defaults.accessSeconds, 1);
  const idleSeconds = seconds('idleSeconds', options.idleSeconds ?? defaults.idleSeconds, 1);
  const absoluteSeconds = seconds('absoluteSeconds', options.absoluteSeconds ?? defaults.absoluteSeconds, 1);
  const policy = resolvePolicy(options.policy ?? defaults.policy);
  checkWindow(policy, accessSeconds);
  return {
    issuer: checkIssuer(options.issuer, flag('allowInsecureIssuer', options.allowInsecureIssuer ?? false)),
    audience: checkAudience(options.audience ?? options.issuer),
    masterKeys: checkMasterKeys(options.masterKey),
    mode: oneOf('mode', options.mode ?? defaults.mode, ['tokens', 'session']),
    policy,
    accessSeconds,
    idleSeconds,
    absoluteSeconds,
    maxSessionsPerSubject: seconds(
      'maxSessionsPerSubject',
      options.maxSessionsPerSubject ?? defaults.maxSessionsPerSubject,
      1,
    ),
    refreshFormat: oneOf('refreshFormat', options.refreshFormat ?? defaults.refreshFormat, ['opaque', 'jwt']),
    accessAlgorithm: oneOf(
      'accessAlgorithm',
      options.accessAlgorithm ?? defaults.accessAlgorithm,
      namesOf(algorithms),
    ),
    keySchedule: resolveSchedule(options.keySchedule ?? {}, accessSeconds, absoluteSeconds),
    revocationRetentionSeconds: resolveRetention(options, accessSeconds),
    requireDpopNonce: flag('requireDpopNonce', options.requireDpopNonce ?? defaults.requireDpopNonce),
    clientKeyChange: oneOf('clientKeyChange', options.clientKeyChange ?? defaults.clientKeyChange, [
      'authenticated',
      'never',
    ]),
    maintenance: oneOf('maintenance', options.maintenance ?? 'automatic', ['automatic', 'manual']),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
}

/** What clocks differ by, and what verifiers forgive. */
const retentionMarginSeconds = 60;

/** The store may forget an epoch together with the last session of its subject, so an entry that names one must be gone before. */
function resolveRetention(options: AuthorityOptions<Mode>, accessSeconds: number): number {
  const { jwksMaxAgeSeconds = defaultSchedule.jwksMaxAgeSeconds } = options.keySchedule ?? {};
  const least = Math.max(accessSeconds, jwksMaxAgeSeconds);
  const retention = seconds(
    'revocationRetentionSeconds',
    options.revocationRetentionSeconds ?? least + retentionMarginSeconds,
    1,
  );
  if (retention < least || retention >= endedRetentionSeconds) {
    throw invalid(
      'revocationRetentionSeconds',
      `is ${String(retention)}`,
      `at least ${String(least)} (accessSeconds, keySchedule.jwksMaxAgeSeconds) and below ${String(endedRetentionSeconds)}`,
    );
  }
  return retention;
}

/** What the caller hands in to be called: a wrong one would fail in the middle of a request. */
function checkPorts({
  store,
  clock,
  random,
  claims,
  onEvent,
  onBackgroundError,
}: AuthorityOptions<Mode>): void {
  const ports = {
    sessions: 'object',
    revocations: 'object',
    documents: 'object',
    check: 'function',
    sweep: 'function',
  } as const;
  if (!hasMembers(store, ports)) throw invalid('store', `is ${kindOf(store)}`, 'a store, see pawl/stores');
  if (clock !== undefined && !hasMembers(clock, { now: 'function' })) {
    throw invalid('clock', `is ${kindOf(clock)}`, 'a clock, see Clock');
  }
  if (random !== undefined && !hasMembers(random, { bytes: 'function' })) {
    throw invalid('random', `is ${kindOf(random)}`, 'a source of random bytes, see Random');
  }
  for (const [option, value] of Object.entries({ claims, onEvent, onBackgroundError })) {
    if (value !== undefined && typeof value !== 'function') {
      throw invalid(option, `is ${kindOf(value)}`, 'a function');
    }
  }
}

function checkMasterKeys(masterKey: unknown): readonly MasterKey[] {
  const keys: readonly unknown[] = Array.isArray(masterKey) ? masterKey : [masterKey];
  const members = { id: 'string', wrap: 'function', unwrap: 'function' } as const;
  if (keys.length === 0 || !keys.every((key) => hasMembers(key, members))) {
    throw invalid('masterKey', `is ${kindOf(masterKey)}`, 'a master key, see createLocalMasterKey');
  }
  return keys as readonly MasterKey[];
}

function resolvePolicy(option: PolicyOption): Policy {
  const names = namesOf(policies);
  if (typeof option === 'string') return policies[oneOf('policy', option, names)];
  if (typeof option !== 'object' || Array.isArray(option)) {
    throw invalid('policy', `is ${kindOf(option)}`, `one of ${names.join(', ')}, or an object`);
  }
  const { preset = 'balanced', ...replaced } = option;
  const base = policies[oneOf('policy.preset', preset, names)];
  for (const name of Object.keys(replaced)) {
    if (!Object.hasOwn(base, name))
      throw invalid(`policy.${name}`, 'is not an option', `one of ${Object.keys(base).join(', ')}`);
  }
  const policy = { ...base, ...replaced };
  if (typeof policy.windowSeconds !== 'number' || !(policy.windowSeconds >= 0)) {
    throw invalid('policy.windowSeconds', `is ${String(policy.windowSeconds)}`, 'a number of seconds from 0');
  }
  flag('policy.resilient', policy.resilient);
  oneOf('policy.onReuse', policy.onReuse, ['revoke-subject', 'revoke-session']);
  oneOf('policy.onWrongKey', policy.onWrongKey, ['report', 'revoke-session', 'revoke-subject']);
  return policy;
}

/** A `kept` answer sets no cookie: the access token that came with the current refresh token must outlive the window. */
function checkWindow(policy: Policy, accessSeconds: number): void {
  const shortestAccessSeconds = Math.floor(accessSeconds * (1 - accessLifetimeSpread));
  if (policy.windowSeconds >= shortestAccessSeconds && policy.windowSeconds > 0) {
    throw invalid(
      'policy.windowSeconds',
      `is ${String(policy.windowSeconds)}`,
      `below the shortest access-token lifetime, ${String(shortestAccessSeconds)}`,
    );
  }
}

/** Keys have to be accepted for as long as a token that they protect can be presented: shorter would log people out. */
function resolveSchedule(
  schedule: Partial<KeySchedule>,
  accessSeconds: number,
  absoluteSeconds: number,
): Partial<KeySchedule> {
  if (typeof schedule !== 'object' || Array.isArray(schedule)) {
    throw invalid('keySchedule', `is ${kindOf(schedule)}`, 'a key schedule, see KeySchedule');
  }
  const least = { retireAccessSeconds: accessSeconds, retireRefreshSeconds: absoluteSeconds } as const;
  const {
    retireAccessSeconds = least.retireAccessSeconds,
    retireRefreshSeconds = least.retireRefreshSeconds,
  } = schedule;
  if (retireAccessSeconds < least.retireAccessSeconds) {
    throw invalid(
      'keySchedule.retireAccessSeconds',
      `is ${String(retireAccessSeconds)}`,
      `at least accessSeconds, ${String(accessSeconds)}`,
    );
  }
  if (retireRefreshSeconds < least.retireRefreshSeconds) {
    throw invalid(
      'keySchedule.retireRefreshSeconds',
      `is ${String(retireRefreshSeconds)}`,
      `at least absoluteSeconds, ${String(absoluteSeconds)}`,
    );
  }
  const { announceRefreshSeconds } = schedule;
  if (announceRefreshSeconds !== undefined && announceRefreshSeconds < ringStaleSeconds) {
    throw invalid(
      'keySchedule.announceRefreshSeconds',
      `is ${String(announceRefreshSeconds)}`,
      `at least ${String(ringStaleSeconds)}: for so long a node takes a key that it has not read for one that does not exist`,
    );
  }
  return { ...schedule, retireAccessSeconds, retireRefreshSeconds };
}
