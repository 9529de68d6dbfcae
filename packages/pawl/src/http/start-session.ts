import type { AccessTokens, SessionTokens, Tokens } from '../authority/issue.js';
import type { LoginRequest } from '../authority/login.js';
import { PawlError } from '../errors.js';
import { heldByBrowser } from './bound-browser.js';
import { registrationOffer } from './endpoints/dbsc.js';
import { type HttpRequest, type HttpResponse, whereFrom } from './exchange.js';
import type { Services } from './services.js';

/** What a login hands out; without a refresh token where a browser's key has taken its place. */
export type LoggedIn = Tokens | SessionTokens | AccessTokens;

/** Who was authenticated, and by what. */
export type Authenticated = Pick<
  LoginRequest,
  'subject' | 'amr' | 'acr' | 'scope' | 'epoch' | 'idleSeconds' | 'absoluteSeconds'
>;

/** Who was authenticated, and how the tokens shall come. */
export interface AuthenticatedLogin extends Authenticated {
  /** What the owner will recognise the device by; null when nothing is known. */
  readonly device: string | null;
  readonly transport: 'body' | 'cookie';
  /** Whether the login shall outlive the browser. */
  readonly remember: boolean;
  /** Thumbprint of the key that the call has proved; null without one. */
  readonly key: string | null;
}

/** Those members alone, of what may hold others. */
export function authenticatedOf(login: Authenticated): Authenticated {
  const { subject, amr, acr, scope, epoch, idleSeconds, absoluteSeconds } = login;
  return {
    subject,
    ...(amr === undefined ? {} : { amr }),
    ...(acr === undefined ? {} : { acr }),
    ...(scope === undefined ? {} : { scope }),
    ...(epoch === undefined ? {} : { epoch }),
    ...(idleSeconds === undefined ? {} : { idleSeconds }),
    ...(absoluteSeconds === undefined ? {} : { absoluteSeconds }),
  };
}

/**
 * Logs in whoever was authenticated: by cookie into the session that the browser has, where that is the same subject's. The caller has made sure that
 * a login by cookie does not come from another site.
 *
 * @throws PawlError `invalid_credentials`, `invalid_request`, `store_unavailable`, `claims_unavailable`
 */
export async function startSession(
  services: Services,
  request: HttpRequest,
  authenticated: AuthenticatedLogin,
): Promise<LoggedIn> {
  const login = loginRequest(services, request, authenticated);
  const again = login.transport === 'cookie' ? await logInAgain(services, request, login) : null;
  if (again !== null) return counted(services, again);
  const result = await services.authority.login(login);
  return counted(services, result.granted ? result.tokens : refused(services, result.outcome));
}

function loginRequest(
  { authority }: Services,
  { address }: HttpRequest,
  { device, key, ...login }: AuthenticatedLogin,
): LoginRequest {
  // A session token in a cookie is shown without a proof, and never refreshed: there is nothing that a key could be asked for.
  const isBound = key !== null && (login.transport !== 'cookie' || authority.mode !== 'session');
  return {
    ...login,
    ...(device === null ? {} : { device }),
    ...(address === null ? {} : { address }),
    ...(isBound ? { boundKey: key } : {}),
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

/** The headers that go with a login by cookie. */
export function loginHeaders(
  services: Services,
  tokens: LoggedIn,
  { remember, key }: Pick<AuthenticatedLogin, 'remember' | 'key'>,
): HttpResponse['headers'] {
  // A session has one key: the one that came with the login is as good as the browser's. And one that is to be forgotten is not kept by the browser.
  const isOffered = key === null && remember && 'refreshToken' in tokens;
  return [
    ...services.cookies.ofLogin(tokens, remember),
    ...(isOffered ? registrationOffer(services, tokens.sessionId) : []),
  ];
}
