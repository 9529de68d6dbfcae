import type { AccessTokens, LoginRequest, SessionTokens, Tokens } from '../authority/authority.js';
import { Secret } from '../base/secret.js';
import { PawlError } from '../errors.js';
import { heldByBrowser } from './bound-browser.js';
import { type HttpRequest, whereFrom } from './exchange.js';
import { requireSameOrigin } from './require-same-origin.js';
import type { Services } from './services.js';

/** What somebody typed, and how the tokens shall come. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** What the owner will recognise the device by; null when nothing is known. */
  readonly device: string | null;
  readonly transport: 'body' | 'cookie';
  /** Whether the login shall outlive the browser. */
  readonly remember: boolean;
  /** Thumbprint of the key that the call has proved; null without one. */
  readonly key: string | null;
}

/** What a login hands out; without a refresh token where a browser's key has taken its place. */
export type LoggedIn = Tokens | SessionTokens | AccessTokens;

/**
 * Checks who it is and logs in: by cookie into the session that the browser has, where that is the same subject's.
 *
 * @throws PawlError `invalid_credentials`, `too_many_attempts`, `cross_site_request`, `invalid_request`, `store_unavailable`, `claims_unavailable`
 */
export async function logIn(
  services: Services,
  request: HttpRequest,
  credentials: Credentials,
): Promise<LoggedIn> {
  const { transport } = credentials;
  // A login by another site would put its own session into this browser.
  if (transport === 'cookie') requireSameOrigin(request, services.origin);
  const login = await checked(services, request, credentials);
  const again = transport === 'cookie' ? await logInAgain(services, request, login) : null;
  if (again !== null) return counted(services, again);
  const result = await services.authority.login(login);
  return counted(services, result.granted ? result.tokens : refused(services, result.outcome));
}

/** The login of a subject whose credentials are right. */
async function checked(
  { authenticate, authority, metrics }: Services,
  request: HttpRequest,
  { username, password, device, transport, remember, key }: Credentials,
): Promise<LoginRequest> {
  const { address } = request;
  const result = await authenticate({ username, password: new Secret(password), address });
  if (!result.ok) {
    metrics.countLogin(result.reason);
    if (result.reason === 'wrong') throw new PawlError('invalid_credentials', 'login refused');
    const { retryAfterSeconds } = result;
    throw new PawlError('too_many_attempts', 'login throttled', { retryAfterSeconds });
  }
  const { subject, amr, acr, scope, epoch, idleSeconds, absoluteSeconds } = result;
  return {
    subject,
    amr,
    ...(acr === undefined ? {} : { acr }),
    ...(scope === undefined ? {} : { scope }),
    ...(epoch === undefined ? {} : { epoch }),
    ...(idleSeconds === undefined ? {} : { idleSeconds }),
    ...(absoluteSeconds === undefined ? {} : { absoluteSeconds }),
    remember,
    transport,
    ...(device === null ? {} : { device }),
    ...(address === null ? {} : { address }),
    // A session token in a cookie is shown without a proof, and never refreshed: there is nothing that a key could be asked for.
    ...(key === null || (transport === 'cookie' && authority.mode === 'session') ? {} : { boundKey: key }),
  };
}

/** Logs in to the session that the browser has; null when it has none that can be, which has ended then. */
async function logInAgain(
  services: Services,
  request: HttpRequest,
  login: LoginRequest,
): Promise<LoggedIn | null> {
  const { agent } = whereFrom(request);
  const where = agent === undefined ? {} : { agent };
  for (const held of heldByBrowser(services, request)) {
    const result = await services.authority.reauthenticate({ ...login, ...where, held });
    if (result.granted) return result.tokens;
    if (result.outcome === 'replaced') return null;
    if (result.outcome !== 'none') return refused(services, result.outcome);
  }
  return null;
}

function counted({ metrics }: Services, tokens: LoggedIn): LoggedIn {
  metrics.countLogin('granted');
  return tokens;
}

/** A subject that is gone, disabled, or was revoked while the password was checked gets the answer of a wrong password. */
function refused({ metrics }: Services, outcome: string): never {
  metrics.countLogin('wrong');
  throw new PawlError('invalid_credentials', `login refused: subject ${outcome}`);
}
