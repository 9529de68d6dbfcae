import { type Clock, systemClock } from '../base/clock.js';
import { type Random, systemRandom } from '../base/random.js';
import type { AccessAlgorithm, KeySchedule, MasterKey } from '../keys/index.js';
import { defaultSchedule } from '../keys/schedule.js';
import { accessAlgorithms } from '../jose/algorithms.js';
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
import { endedRetentionSeconds, type Store } from '../stores/index.js';
import type { ClaimsHook } from './custom-claims.js';
import type { EventListener } from './events.js';
import { resolveKeySchedule } from './key-schedule-option.js';
import { leastAccessLifetimeSeconds } from '../access/lifetime.js';
import type { RefreshFormat } from '../sealed/refresh-token.js';

/**
 * What logins hand out: an access and a refresh token, or one opaque session token that each call is looked up by. See
 * docs/sessions.md.
 */
export type Mode = 'tokens' | 'session';

/** A preset by name, or a preset with members replaced; without `preset` the rest is the default of the option. */
export type PolicyOption = PolicyName | ({ readonly preset?: PolicyName } & Partial<Policy>);

/** What `createAuthority` is configured with. Checked once, there. */
export interface AuthorityOptions<M extends Mode = 'tokens'> {
  /** The `iss` of every token: an https URL without query or fragment; http on a loopback host. */
  readonly issuer: string;
  /** Allows an http issuer that is not loopback. Tokens then cross the network in clear. Default false. */
  readonly allowInsecureIssuer?: boolean;
  /** The `aud` of every access token. Default: the issuer. */
  readonly audience?: string | readonly string[];
  /** Where sessions and the key ring live. The caller opens and closes it. */
  readonly store: Store;
  /** Encrypts the key ring at rest. In a list the first wraps and all of them open, which is how it is rotated. */
  readonly masterKey: MasterKey | readonly MasterKey[];
  /** What logins hand out. Default `tokens`. A session that began in one mode does not go on in the other. */
  readonly mode?: M;
  /**
   * For sessions of every transport, unless `cookiePolicy` says otherwise. Copied into each session at login: a changed policy holds for new
   * sessions. Default `balanced`, by cookie `resilient`.
   */
  readonly policy?: PolicyOption;
  /** For sessions whose tokens travel by cookie. Default: `policy` where that is given, else `resilient`. */
  readonly cookiePolicy?: PolicyOption;
  /** The longest window that an outage of the store makes of a shorter one; see docs/rotation.md. 0 to 86,400. Default 900. */
  readonly maxOutageWindowSeconds?: number;
  /**
   * Lifetime of an access token; each is shortened by a random 0 to 5 %. With `mode: 'session'` what a session says (its claims, its last
   * use) is at most this old. Default 300.
   */
  readonly accessSeconds?: number;
  /** A session that is not refreshed, or with `mode: 'session'` not used, for this long ends. Default 14 days. */
  readonly idleSeconds?: number;
  /** A session ends this long after login, whatever happens. Default 90 days. */
  readonly absoluteSeconds?: number;
  /** Live sessions of one subject, client sessions not counted; one more ends the one that was out of use the longest. Default 100. */
  readonly maxSessionsPerSubject?: number;
  /** Default `opaque`. Tokens of the other format stay valid when this changes. */
  readonly refreshFormat?: 'opaque' | 'jwt';
  /** Algorithm of newly generated access-token keys. Default `ES256`. */
  readonly accessAlgorithm?: AccessAlgorithm;
  readonly keySchedule?: Partial<KeySchedule>;
  /**
   * For how long the feed keeps a revocation: at least the longest lifetime of an access token that is still about, and the time for which
   * caches keep the JWKS. Below a day. Default: the longer of the two and 60 seconds, for clocks that differ and for what verifiers forgive.
   * Who shortens `accessSeconds` leaves this as it was for one old lifetime.
   */
  readonly revocationRetentionSeconds?: number;
  /** Whether DPoP proofs at `/login`, `/refresh` and `/token` must carry a nonce of this server. Default false. */
  readonly requireDpopNonce?: boolean;
  /**
   * Who may refresh a bound session with another key: a client that has authenticated with its secret, or nobody. Default
   * `authenticated`.
   */
  readonly clientKeyChange?: 'authenticated' | 'never';
  /** Called at login, at each refresh and at each look-up of a session. Default: no custom claims. */
  readonly claims?: ClaimsHook;
  /** Subscribed before the first event. */
  readonly onEvent?: EventListener;
  /** Where an error of a listener or of the background work goes. Default: `process.emitWarning`. */
  readonly onBackgroundError?: (error: unknown) => void;
  /** `manual`: nothing runs on timers, the caller calls `maintain()`. Default `automatic`. */
  readonly maintenance?: 'automatic' | 'manual';
  /** The clock of this machine. Sessions follow the store's where it has one of its own. Default: the system's. */
  readonly clock?: Clock;
  readonly random?: Random;
}

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
    keySchedule: resolveKeySchedule(options.keySchedule ?? {}, accessSeconds, absoluteSeconds),
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
