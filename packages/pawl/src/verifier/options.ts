import { type Clock, systemClock } from '../base/clock.js';
import { type JwsAlgorithm, jwsAlgorithms } from '../jose/algorithms.js';
import {
  checkAudience,
  checkIssuer,
  flag,
  hasMembers,
  invalid,
  kindOf,
  oneOf,
  refuseUnknown,
  seconds,
} from '../option-checks.js';
import type { Revocations } from '../revocations/index.js';
import type { VerifierEvent } from './events.js';
import type { Fetch } from './fetch-json.js';
import type { DpopNonces, KeyBindingOptions } from './key-binding.js';
import { createReplayMemory, type ReplayMemory } from './replays.js';

/** How proofs of possession are checked (RFC 9449). */
export interface DpopOptions {
  /**
   * Scheme, host and port of this resource server as clients know them, such as `https://api.example`. Without it the request says: a proof
   * that was made for another server passes where the Host header can be chosen by the caller.
   */
  readonly origin?: string;
  /** Refuses tokens that are not bound to a key. Default false. */
  readonly required?: boolean;
  /** Where proofs are remembered that were shown. Default: in this process. */
  readonly replays?: ReplayMemory;
  /** Proofs that are remembered in this process. Default 200,000. */
  readonly maxReplays?: number;
  /** Nonces that proofs must carry. Default: none. */
  readonly nonces?: DpopNonces;
}

/** What a verifier is told. */
export interface VerifierOptions {
  /** The issuer, exactly as the claim `iss` has it: an https URL, or http on a loopback host. */
  readonly issuer: string;
  /** Accepts an issuer over plain http on any host: whoever is on the way can then name keys of another. Default false. */
  readonly allowInsecureIssuer?: boolean;
  /** The names of this resource server; the claim `aud` must hold one of them. */
  readonly audience: string | readonly string[];
  /** The revocations that this process knows, see `followIssuer` of `pawl/revocations`. Without them a token is accepted until it expires. */
  readonly revocations?: Pick<Revocations, 'isRevoked' | 'stalenessSeconds'>;
  /**
   * For how long revocations may be incomplete before every token is refused with 503. Without it tokens are accepted for however long the feed
   * is cut, and `feed.stale` is told.
   */
  readonly maxStalenessSeconds?: number;
  /** The algorithms that are accepted. Default: ES256, EdDSA, RS256, PS256. */
  readonly algorithms?: readonly JwsAlgorithm[];
  /** By how much the clocks of issuer and verifier may differ, 0 to 60. Default 5. */
  readonly leewaySeconds?: number;
  /** How old the issuer's keys may be while it does not answer. Default 86,400. */
  readonly maxKeysAgeSeconds?: number;
  /** Verified tokens that are remembered, so that the next request with one costs no signature check. 0: none. Default 10,000. */
  readonly maxCachedTokens?: number;
  /** How proofs of possession are checked. */
  readonly dpop?: DpopOptions;
  readonly clock?: Clock;
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch;
  /** Told what happens; see {@link VerifierEvent}. */
  readonly onEvent?: (event: VerifierEvent) => void;
  /** Where an error that `onEvent` threw goes. Default: nowhere. */
  readonly onError?: (error: unknown) => void;
}

/** Every default, each with its reason. */
export const verifierDefaults: {
  readonly algorithms: readonly JwsAlgorithm[];
  readonly leewaySeconds: number;
  readonly maxKeysAgeSeconds: number;
  readonly maxCachedTokens: number;
  readonly maxReplays: number;
} = {
  // Those that Pawl signs with; each key is used with the one that it was published for and no other.
  algorithms: ['ES256', 'EdDSA', 'RS256', 'PS256'],
  // Machines whose time is synchronised differ by less; a token lives 60 times as long.
  leewaySeconds: 5,
  // An issuer that cannot be reached for a night is repaired in the morning; its tokens expire after minutes anyway.
  maxKeysAgeSeconds: 86_400,
  // About 25 MB with tokens of 700 characters.
  maxCachedTokens: 10_000,
  // 2,000 proofs a second for the 90 seconds that one is good for, in about 30 MB.
  maxReplays: 200_000,
};

/** More would let expired tokens live on; clocks that differ by more are broken. */
const mostLeewaySeconds = 60;

/** The options after checking, with every default filled in. */
export interface ResolvedVerifierOptions {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly revocations: Pick<Revocations, 'isRevoked' | 'stalenessSeconds'> | null;
  readonly maxStalenessSeconds: number | null;
  readonly algorithms: readonly JwsAlgorithm[];
  readonly leewaySeconds: number;
  readonly maxKeysAgeSeconds: number;
  readonly maxCachedTokens: number;
  readonly keyBinding: KeyBindingOptions;
  readonly clock: Clock;
  readonly fetch: Fetch;
  readonly onEvent: (event: VerifierEvent) => void;
  readonly onError: (error: unknown) => void;
}

const known: ReadonlySet<string> = new Set<keyof VerifierOptions>([
  'issuer',
  'allowInsecureIssuer',
  'audience',
  'revocations',
  'maxStalenessSeconds',
  'algorithms',
  'leewaySeconds',
  'maxKeysAgeSeconds',
  'maxCachedTokens',
  'dpop',
  'clock',
  'fetch',
  'onEvent',
  'onError',
]);

/**
 * Checks every option once, so that nothing behind it has to.
 *
 * @throws PawlError `option_invalid` naming the option, what it is and what it must be
 */
export function resolveVerifierOptions(options: VerifierOptions): ResolvedVerifierOptions {
  refuseUnknown(options, known);
  checkPorts(options);
  const audience = checkAudience(options.audience);
  const onError = options.onError ?? (() => undefined);
  return {
    issuer: checkIssuer(options.issuer, flag('allowInsecureIssuer', options.allowInsecureIssuer ?? false)),
    audiences: typeof audience === 'string' ? [audience] : [...audience],
    revocations: options.revocations ?? null,
    maxStalenessSeconds: checkStaleness(options),
    algorithms: checkAlgorithms(options.algorithms ?? verifierDefaults.algorithms),
    leewaySeconds: checkLeeway(options.leewaySeconds ?? verifierDefaults.leewaySeconds),
    maxKeysAgeSeconds: seconds(
      'maxKeysAgeSeconds',
      options.maxKeysAgeSeconds ?? verifierDefaults.maxKeysAgeSeconds,
      0,
    ),
    maxCachedTokens: seconds(
      'maxCachedTokens',
      options.maxCachedTokens ?? verifierDefaults.maxCachedTokens,
      0,
    ),
    keyBinding: resolveDpop(options.dpop ?? {}, onError),
    clock: options.clock ?? systemClock,
    // Called through the global object: some runtimes refuse a detached one.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    onEvent: options.onEvent ?? (() => undefined),
    onError,
  };
}

const knownDpop: ReadonlySet<string> = new Set<keyof DpopOptions>([
  'origin',
  'required',
  'replays',
  'maxReplays',
  'nonces',
]);

function resolveDpop(options: DpopOptions, onError: (error: unknown) => void): KeyBindingOptions {
  if (!hasMembers(options, {})) throw invalid('dpop', `is ${kindOf(options)}`, 'an object, see DpopOptions');
  refuseUnknown(options, knownDpop);
  const { origin, replays, nonces } = options;
  if (replays !== undefined && !hasMembers(replays, { remember: 'function' })) {
    throw invalid('dpop.replays', `is ${kindOf(replays)}`, 'a memory of proofs, see ReplayMemory');
  }
  if (nonces !== undefined && !hasMembers(nonces, { issue: 'function', accepts: 'function' })) {
    throw invalid('dpop.nonces', `is ${kindOf(nonces)}`, 'a source of nonces, see DpopNonces');
  }
  const maxReplays = seconds('dpop.maxReplays', options.maxReplays ?? verifierDefaults.maxReplays, 1);
  return {
    origin: origin === undefined ? null : checkOrigin(origin),
    isRequired: flag('dpop.required', options.required ?? false),
    replays: replays ?? createReplayMemory(maxReplays),
    nonces: nonces ?? null,
    onError,
  };
}

function checkOrigin(origin: unknown): string {
  const isOrigin = typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin;
  if (isOrigin && /^https?:/.test(origin)) return origin;
  throw invalid('dpop.origin', `is ${kindOf(origin)}`, 'scheme, host and port, such as https://api.example');
}

function checkPorts({ revocations, clock, fetch, onEvent, onError }: VerifierOptions): void {
  const members = { isRevoked: 'function', stalenessSeconds: 'function' } as const;
  if (revocations !== undefined && !hasMembers(revocations, members)) {
    throw invalid(
      'revocations',
      `is ${kindOf(revocations)}`,
      'revocations, see followIssuer of pawl/revocations',
    );
  }
  if (clock !== undefined && !hasMembers(clock, { now: 'function' })) {
    throw invalid('clock', `is ${kindOf(clock)}`, 'a clock, see Clock');
  }
  for (const [option, value] of Object.entries({ fetch, onEvent, onError })) {
    if (value !== undefined && typeof value !== 'function') {
      throw invalid(option, `is ${kindOf(value)}`, 'a function');
    }
  }
}

function checkStaleness({ maxStalenessSeconds, revocations }: VerifierOptions): number | null {
  if (maxStalenessSeconds === undefined) return null;
  if (revocations === undefined) {
    throw invalid('maxStalenessSeconds', 'is given without "revocations"', 'left out, or given with it');
  }
  return seconds('maxStalenessSeconds', maxStalenessSeconds, 1);
}

function checkLeeway(value: unknown): number {
  const leewaySeconds = seconds('leewaySeconds', value, 0);
  if (leewaySeconds <= mostLeewaySeconds) return leewaySeconds;
  throw invalid('leewaySeconds', `is ${String(leewaySeconds)}`, `at most ${String(mostLeewaySeconds)}`);
}

function checkAlgorithms(names: readonly JwsAlgorithm[]): readonly JwsAlgorithm[] {
  const value: unknown = names;
  if (!Array.isArray(value) || names.length === 0) {
    throw invalid('algorithms', `is ${kindOf(value)}`, `a list of ${jwsAlgorithms.join(', ')}, not empty`);
  }
  return names.map((name) => oneOf('algorithms', name, jwsAlgorithms));
}
