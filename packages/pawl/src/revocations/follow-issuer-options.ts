import { type Clock, systemClock } from '../base/clock.js';
import { PawlError } from '../errors.js';
import { refuseUnknown } from '../option-checks.js';

/** How the feed of a remote issuer is followed. */
export interface FollowIssuerOptions {
  /** The issuer; the feed is at `/revocations` below it. Either this or `url`. */
  readonly issuer?: string;
  /** Where the feed is, when that is not below the issuer, for instance at an internal address. */
  readonly url?: string;
  /** A client that the issuer has registered, and its secret. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** Allows http to a host that is not loopback. The secret and the feed then cross the network in clear. Default false. */
  readonly allowInsecureUrl?: boolean;
  /** Longest time between two attempts to connect, seconds; the time after refused credentials. Default 30. */
  readonly maxRetrySeconds?: number;
  /** Bound on the revocations held; see `RevocationIndexOptions`. */
  readonly maxEntries?: number;
  /** Where failures go: the first of each outage, and every refusal of the credentials. Default: nowhere. */
  readonly onError?: (error: unknown) => void;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
}

/** After checking. */
export interface ResolvedFollow {
  readonly url: string;
  readonly authorization: string;
  readonly clientId: string;
  readonly maxRetrySeconds: number;
  readonly maxEntries: number | null;
  readonly onError: (error: unknown) => void;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

const known: ReadonlySet<string> = new Set<keyof FollowIssuerOptions>([
  'issuer',
  'url',
  'clientId',
  'clientSecret',
  'allowInsecureUrl',
  'maxRetrySeconds',
  'maxEntries',
  'onError',
  'fetch',
  'clock',
]);

/** @throws {@link PawlError} `option_invalid` */
export function resolveFollow(options: FollowIssuerOptions): ResolvedFollow {
  refuseUnknown(options, known);
  const { clientId, clientSecret, maxRetrySeconds = 30 } = options;
  for (const [name, value] of Object.entries({ clientId, clientSecret })) {
    if (typeof value !== 'string' || value === '') throw invalid(name, 'a text that is not empty');
  }
  if (!(maxRetrySeconds > 0 && maxRetrySeconds <= 3600)) {
    throw invalid('maxRetrySeconds', 'a number above 0 and at most 3600');
  }
  return {
    url: urlOf(options),
    // RFC 6749 §2.3.1: both parts are encoded first.
    authorization: `Basic ${btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`)}`,
    clientId,
    maxRetrySeconds,
    maxEntries: options.maxEntries ?? null,
    onError: options.onError ?? (() => undefined),
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    clock: options.clock ?? systemClock,
  };
}

function urlOf({ issuer, url, allowInsecureUrl = false }: FollowIssuerOptions): string {
  if ((issuer === undefined) === (url === undefined)) {
    throw new PawlError(
      'option_invalid',
      'option "issuer" or option "url" must be given, and only one of them',
    );
  }
  const [name, text] = url === undefined ? ['issuer', issuer] : ['url', url];
  const rule = 'an https URL without credentials (http only on a loopback host)';
  const parsed = typeof text === 'string' && URL.canParse(text) ? new URL(text) : null;
  if (parsed === null || parsed.username !== '' || parsed.password !== '') throw invalid(name, rule);
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(parsed.hostname);
  const isAllowed =
    parsed.protocol === 'https:' || (parsed.protocol === 'http:' && (isLoopback || allowInsecureUrl));
  if (!isAllowed) throw invalid(name, rule);
  return url === undefined ? `${String(text).replace(/\/$/, '')}/revocations` : parsed.href;
}

function invalid(option: string, rule: string): PawlError {
  return new PawlError('option_invalid', `option "${option}" must be ${rule}`);
}
