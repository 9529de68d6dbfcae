import type { AnyAuthority } from '../authority/authority.js';
import { flag, hasMembers, invalid, kindOf, oneOf, refuseUnknown } from '../option-checks.js';
import type { Authenticate } from './authentication.js';
import { checkClients, type ClientRegistration, type FindClient } from './clients.js';
import { checkOrigins } from './cors.js';
import type { ClientAddress } from './exchange.js';
import { defaultHeartbeatSeconds } from './feed-hub.js';
import { sessions, standardModules } from './modules.js';
import type { HandlerModule } from './route.js';
import type { FindUserinfo } from './userinfo.js';

/** What `createHandler` is configured with. */
export interface HandlerOptions {
  readonly authority: AnyAuthority;
  /** Checks a login. Needed unless the module `sessions` is left out. */
  readonly authenticate?: Authenticate;
  /** What `/userinfo` says of a user besides what the token says. Default: nothing. */
  readonly userinfo?: FindUserinfo;
  /** Modules that are served besides the standard ones: `sessions`, `dbsc`, `discovery` and `operations`. Default: none. */
  readonly modules?: readonly HandlerModule[];
  /** Standard modules that are not served. Default: none. */
  readonly without?: readonly StandardModule[];
  /** Clients, as a list or as a function that finds one by its id. Those with a secret may introspect, and follow the revocation feed. Default: none. */
  readonly clients?: readonly ClientRegistration[] | FindClient;
  /**
   * Whether sessions of clients that are not `firstParty` pass the guard and `GET /verify`, and open what is for users themselves: the list of sessions and
   * their ends. Default `refused`.
   */
  readonly thirdPartySessions?: 'refused' | 'accepted';
  /** The caller's address from the socket's peer and X-Forwarded-For. Default: the peer, whatever the header says. */
  readonly clientAddress?: ClientAddress;
  /**
   * Offers browsers that log in by cookie to bind the session to a key of theirs (DBSC). Default: where it can work, which is with
   * `mode: 'tokens'`, an https issuer and an `accessSeconds` of 300 or more; true with shorter access tokens is refused. Sessions that are bound stay so when
   * this changes.
   */
  readonly deviceBoundSessions?: boolean;
  /** Origins of browser applications that may call from elsewhere, with tokens in the body. Default: none. */
  readonly allowedOrigins?: readonly string[];
  /** Where an error goes that is answered with 500 or 503. Default: nowhere. */
  readonly onError?: (error: unknown) => void;
  /** Longest time between two events of a stream of revocations. Default 5, at least 0.01 and at most 60. */
  readonly heartbeatSeconds?: number;
}

/** The modules that a handler serves unless it is told otherwise. */
export type StandardModule = 'sessions' | 'dbsc' | 'discovery' | 'operations';

const known: ReadonlySet<string> = new Set<keyof HandlerOptions>([
  'authority',
  'authenticate',
  'userinfo',
  'modules',
  'without',
  'clients',
  'thirdPartySessions',
  'clientAddress',
  'deviceBoundSessions',
  'allowedOrigins',
  'onError',
  'heartbeatSeconds',
]);

/** The options after checking, with every default filled in. */
export interface ResolvedHandlerOptions {
  readonly authority: HandlerOptions['authority'];
  readonly authenticate: Authenticate;
  readonly userinfo: FindUserinfo | null;
  readonly modules: readonly HandlerModule[];
  readonly clients: readonly ClientRegistration[] | FindClient;
  readonly acceptsThirdParty: boolean;
  readonly clientAddress: ClientAddress;
  readonly deviceBoundSessions: boolean;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly onError: (error: unknown) => void;
  readonly heartbeatSeconds: number;
}

/**
 * Checks every option once, so that nothing behind it has to.
 *
 * @throws PawlError `option_invalid` naming the option, what it is and what it must be
 */
export function resolveHandlerOptions(options: HandlerOptions): ResolvedHandlerOptions {
  refuseUnknown(options, known);
  const { authority, onError = () => undefined, clientAddress = (peer: string | null) => peer } = options;
  if (
    !hasMembers(authority, { issuer: 'string', login: 'function', verify: 'function', subscribe: 'function' })
  ) {
    throw invalid('authority', `is ${kindOf(authority)}`, 'what createAuthority resolves to');
  }
  requireFunction('onError', onError);
  requireFunction('clientAddress', clientAddress);
  if (options.userinfo !== undefined) requireFunction('userinfo', options.userinfo);
  const modules = resolveModules(options);
  return {
    authority,
    authenticate: resolveAuthenticate(options, modules),
    userinfo: options.userinfo ?? null,
    modules,
    clients: checkClients(options.clients ?? [], authority.accessSeconds),
    acceptsThirdParty:
      oneOf('thirdPartySessions', options.thirdPartySessions ?? 'refused', ['refused', 'accepted']) ===
      'accepted',
    clientAddress,
    deviceBoundSessions: offersDeviceBoundSessions(options),
    allowedOrigins: checkOrigins(options.allowedOrigins ?? []),
    onError,
    heartbeatSeconds: checkHeartbeat(options.heartbeatSeconds ?? defaultHeartbeatSeconds),
  };
}

function requireFunction(option: string, value: unknown): void {
  if (typeof value !== 'function') throw invalid(option, `is ${kindOf(value)}`, 'a function');
}

function resolveModules(options: HandlerOptions): readonly HandlerModule[] {
  const names: readonly unknown[] = standardModules.map(({ name }) => name);
  const without: unknown = options.without ?? [];
  const namesStandard = listOf(without, (name) => names.includes(name));
  if (!namesStandard) {
    throw invalid('without', `is ${kindOf(without)} with other members`, `a list of ${names.join(', ')}`);
  }
  const modules: unknown = options.modules ?? [];
  if (!listOf(modules, (module) => hasMembers(module, { name: 'string', routes: 'object' }))) {
    throw invalid('modules', `is ${kindOf(modules)} with other members`, 'a list of modules');
  }
  const left: ReadonlySet<string> = new Set(options.without);
  const kept = standardModules.filter(({ name }) => !left.has(name));
  return [...kept, ...(options.modules ?? []).filter((module) => !kept.includes(module))];
}

function listOf(value: unknown, isMember: (member: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isMember);
}

function resolveAuthenticate(options: HandlerOptions, modules: readonly HandlerModule[]): Authenticate {
  const authenticate: unknown = options.authenticate;
  if (authenticate === undefined && !modules.includes(sessions)) return nobody;
  const rule = 'a function that checks a login, or left out together with the module sessions';
  if (authenticate === undefined) throw invalid('authenticate', 'is missing', rule);
  if (typeof authenticate !== 'function') throw invalid('authenticate', `is ${kindOf(authenticate)}`, rule);
  return authenticate as Authenticate;
}

async function nobody(): ReturnType<Authenticate> {
  return { ok: false, reason: 'wrong' };
}

/** Chromium signs six times in nine minutes for one site, and it refreshes two minutes ahead. */
const leastBoundAccessSeconds = 300;

function offersDeviceBoundSessions({ authority, deviceBoundSessions }: HandlerOptions): boolean {
  const { accessSeconds, issuer, mode } = authority;
  const wanted = flag('deviceBoundSessions', deviceBoundSessions ?? accessSeconds >= leastBoundAccessSeconds);
  if (wanted && accessSeconds < leastBoundAccessSeconds) {
    const rule = `false with accessSeconds below ${String(leastBoundAccessSeconds)}`;
    throw invalid('deviceBoundSessions', 'is true', rule);
  }
  // A browser registers nothing over http.
  return wanted && mode === 'tokens' && issuer.startsWith('https:');
}

function checkHeartbeat(heartbeatSeconds: unknown): number {
  const isNumber = typeof heartbeatSeconds === 'number';
  if (isNumber && heartbeatSeconds >= 0.01 && heartbeatSeconds <= 60) return heartbeatSeconds;
  const is = isNumber ? String(heartbeatSeconds) : kindOf(heartbeatSeconds);
  throw invalid('heartbeatSeconds', `is ${is}`, 'a number from 0.01 to 60');
}
