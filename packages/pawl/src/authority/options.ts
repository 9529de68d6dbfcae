import { type Clock, systemClock } from '../base/clock.js';
import { type Random, systemRandom } from '../base/random.js';
import {
  type AccessAlgorithm,
  accessAlgorithms,
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
import { maxWindowSeconds, type Policy, type PolicyName, policies } from '../rotation/policy.js';
import { endedRetentionSeconds } from '../stores/index.js';
import { leastAccessLifetimeSeconds } from '../access/lifetime.js';
import type { RefreshFormat } from '../sealed/refresh-token.js';
import type { AuthorityOptions, Mode, PolicyOption } from './authority.js';
import { ringStaleSeconds } from './present.js';

const daySeconds = 86_400;

/** The options that have a default of their own. */
export type DefaultedOptions = Readonly<Record<'policy' | 'cookiePolicy', PolicyName>> &
  Required<
    Pick<
      AuthorityOptions<Mode>,
      | 'mode'
      | 'maxOutageWindowSeconds'
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
  /** Navigations lose answers all the time: a stopped load, a render on the server. A late retry of theirs is answered, and the lost token is a trap. */
  cookiePolicy: 'resilient',
  /** Longer than most failovers and restarts of a store; a thief who holds the last token waits no longer for the next alarm. */
  maxOutageWindowSeconds: 900,
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
  readonly cookiePolicy: Policy;
  readonly maxOutageWindowSeconds: number;
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
  'cookiePolicy',
  'maxOutageWindowSeconds',
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
  const policy = resolvePolicy('policy', options.policy ?? defaults.policy, accessSeconds);
  const cookiePolicy = options.cookiePolicy ?? options.policy ?? defaults.cookiePolicy;
  return {
    issuer: checkIssuer(options.issuer, flag('allowInsecureIssuer', options.allowInsecureIssuer ?? false)),
    audience: checkAudience(options.audience ?? options.issuer),
    masterKeys: checkMasterKeys(options.masterKey),
    mode: oneOf('mode', options.mode ?? defaults.mode, ['tokens', 'session']),
    policy,
    cookiePolicy: resolvePolicy('cookiePolicy', cookiePolicy, accessSeconds),
    maxOutageWindowSeconds: resolveOutageWindow(options),
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
      accessAlgorithms,
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
    time: 'function',
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

type PolicyOptionName = 'policy' | 'cookiePolicy';

/**
 * The policy that an option stands for.
 *
 * @throws PawlError `option_invalid` naming the member that breaks its rule
 */
export function resolvePolicy(option: PolicyOptionName, value: PolicyOption, accessSeconds: number): Policy {
  const policy = typeof value === 'string' ? presetOf(option, value) : withMembers(option, value);
  checkWindow(`${option}.windowSeconds`, policy.windowSeconds, accessSeconds);
  return policy;
}

function presetOf(option: string, name: PolicyName): Policy {
  return policies[oneOf(option, name, namesOf(policies))];
}

function withMembers(option: PolicyOptionName, value: Exclude<PolicyOption, string>): Policy {
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalid(option, `is ${kindOf(value)}`, `one of ${namesOf(policies).join(', ')}, or an object`);
  }
  const { preset = defaults[option], ...replaced } = value;
  const base = presetOf(`${option}.preset`, preset);
  for (const name of Object.keys(replaced)) {
    if (!Object.hasOwn(base, name))
      throw invalid(`${option}.${name}`, 'is not an option', `one of ${Object.keys(base).join(', ')}`);
  }
  const policy = { ...base, ...replaced };
  flag(`${option}.resilient`, policy.resilient);
  oneOf(`${option}.onReuse`, policy.onReuse, ['subject', 'session']);
  oneOf(`${option}.onWrongKey`, policy.onWrongKey, ['report', 'session', 'subject']);
  return policy;
}

function resolveOutageWindow(options: AuthorityOptions<Mode>): number {
  const name = 'maxOutageWindowSeconds';
  const value = seconds(name, options[name] ?? defaults[name], 0);
  if (value > daySeconds) throw invalid(name, `is ${String(value)}`, `at most ${String(daySeconds)}`);
  return value;
}

/** A `kept` answer sets no cookie: the access token that came with the current refresh token must outlive the window. */
function checkWindow(name: string, windowSeconds: unknown, accessSeconds: number): void {
  if (typeof windowSeconds !== 'number' || !(windowSeconds >= 0 && windowSeconds <= maxWindowSeconds)) {
    const range = `a number of seconds from 0 to ${String(maxWindowSeconds)}`;
    throw invalid(name, `is ${String(windowSeconds)}`, range);
  }
  const shortestAccessSeconds = leastAccessLifetimeSeconds(accessSeconds);
  if (windowSeconds >= shortestAccessSeconds && windowSeconds > 0) {
    const rule = `below the shortest access-token lifetime, ${String(shortestAccessSeconds)}`;
    throw invalid(name, `is ${String(windowSeconds)}`, rule);
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
