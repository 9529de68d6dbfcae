import { ClientError } from './client-error.js';
import type { ClientStorage } from './storage.js';

/** What `createClient` is configured with. */
export interface ClientOptions {
  /** The authority's issuer URL: https, or http on loopback. */
  readonly issuer: string;
  /** Origins besides the issuer's whose requests carry the access token. Default: none. */
  readonly audiences?: readonly string[];
  /** `cookie`: the tokens stay in cookies that no script reads; the page must be of the issuer's origin. Default `body`. */
  readonly transport?: 'body' | 'cookie';
  /**
   * `none`: whoever copies the tokens has the session. Default `dpop`; with cookies `none`, which leaves them to the browser (DBSC).
   */
  readonly binding?: 'dpop' | 'none';
  /** Default: IndexedDB. Needed where there is none, see `pawl/client/node`. */
  readonly storage?: ClientStorage;
  /** How long a call waits for an issuer that does not answer. Default 30. */
  readonly patienceSeconds?: number;
  /** Carries every request. Default: the runtime's `fetch`. */
  readonly fetch?: typeof fetch;
}

export interface ResolvedClientOptions {
  readonly issuer: string;
  readonly allowedOrigins: readonly string[];
  readonly usesCookies: boolean;
  readonly bound: boolean;
  readonly patienceSeconds: number;
}

/** A person waits that long for a page; the next call tries again. */
const defaultPatienceSeconds = 30;

const known = ['issuer', 'audiences', 'transport', 'binding', 'storage', 'patienceSeconds', 'fetch'];

/** @throws ClientError `option-invalid` quoting the option and its rule */
export function resolveOptions(options: ClientOptions): ResolvedClientOptions {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(unknown, `one of ${known.join(', ')}`);
  const { audiences = [], transport = 'body', patienceSeconds = defaultPatienceSeconds } = options;
  oneOf('transport', transport, ['body', 'cookie']);
  const usesCookies = transport === 'cookie';
  const { binding = usesCookies ? 'none' : 'dpop' } = options;
  oneOf('binding', binding, ['dpop', 'none']);
  if (!Number.isFinite(patienceSeconds) || patienceSeconds < 0)
    throw invalid('patienceSeconds', 'a number of seconds from 0');
  if (!Array.isArray(audiences)) throw invalid('audiences', 'a list of origins');
  const issuerOrigin = originOf('issuer', options.issuer);
  const issuer = options.issuer.replace(/\/$/, '');
  return {
    issuer,
    allowedOrigins: [issuerOrigin, ...audiences.map((url) => originOf('audiences', url))],
    usesCookies,
    bound: binding === 'dpop',
    patienceSeconds,
  };
}

function originOf(option: string, value: unknown): string {
  const url = parseUrl(value);
  const loopback = /^(?:localhost|127\.[\d.]+|\[::1\])$/;
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.test(url.hostname));
  // A path would suggest that it narrows where the token goes.
  const isOrigin = option === 'issuer' || (url?.pathname === '/' && !url.search);
  if (url && isSecure && isOrigin) return url.origin;
  throw invalid(option, option === 'issuer' ? 'an https URL' : 'https origins without a path');
}

/** `URL.canParse` is younger than the browsers that everything else here works in. */
function parseUrl(value: unknown): URL | null {
  try {
    return typeof value === 'string' ? new URL(value) : null;
  } catch {
    return null;
  }
}

function oneOf(option: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw invalid(option, allowed.join(' or '));
}

function invalid(option: string, rule: string): ClientError {
  return new ClientError('option-invalid', `The option "${option}" must be ${rule}.`);
}
