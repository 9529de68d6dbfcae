import { Secret } from '../base/secret.js';
import { PawlError } from '../errors.js';
import { type Authentication, checkFactorRequired, type FactorRequired } from './authentication.js';
import type { HttpRequest } from './exchange.js';
import { malformed } from './parameters.js';
import { requireSameOrigin } from './require-same-origin.js';
import type { Services } from './services.js';
import { type AuthenticatedLogin, authenticatedOf, type LoggedIn, startSession } from './start-session.js';

/** What somebody typed, and how the tokens shall come. */
export interface LoginInput extends Pick<AuthenticatedLogin, 'device' | 'transport' | 'remember' | 'key'> {
  /** Null for both where a factor comes with `state` alone. */
  readonly username: string | null;
  readonly password: string | null;
  readonly state: string | null;
  /** Every member that was sent. */
  readonly members: Readonly<Record<string, unknown>>;
}

export type LogInResult =
  | { readonly granted: true; readonly tokens: LoggedIn }
  | ({ readonly granted: false } & FactorRequired);

/**
 * Checks who it is and logs in: by cookie into the session that the browser has, where that is the same subject's.
 *
 * @throws PawlError `invalid_credentials`, `too_many_attempts`, `cross_site_request`, `invalid_request`, `store_unavailable`, `claims_unavailable`
 */
export async function logIn(
  services: Services,
  request: HttpRequest,
  credentials: LoginInput,
): Promise<LogInResult> {
  const { device, transport, remember, key } = credentials;
  // A login by another site would put its own session into this browser.
  if (transport === 'cookie') requireSameOrigin(request, services.origin);
  const result = await authenticate(services, request, credentials);
  if (!result.ok) return refused(services, result);
  const authenticated = { ...authenticatedOf(result), device, transport, remember, key };
  const tokens = await startSession(services, request, authenticated);
  return { granted: true, tokens };
}

function authenticate(
  services: Services,
  { method, path, query, header, address }: HttpRequest,
  { username, password, state, members }: LoginInput,
): Promise<Authentication> {
  const secret = password === null ? new MissingPassword('') : new Secret(password);
  return services.authenticate({
    username: username ?? '',
    password: secret,
    state,
    members: Object.hasOwn(members, 'password') ? { ...members, password: secret } : members,
    request: { method, path, query, header, address },
    address,
  });
}

/** The password of a call that has none: a host that knows no factors asks for it, and must not take an empty one for somebody's. */
class MissingPassword extends Secret {
  override reveal(): never {
    throw malformed('The parameter "password" is missing.');
  }
}

function refused({ metrics }: Services, result: Extract<Authentication, { ok: false }>): LogInResult {
  metrics.countLogin(result.reason);
  switch (result.reason) {
    case 'wrong':
      throw new PawlError('invalid_credentials', 'login refused');
    case 'throttled': {
      const { retryAfterSeconds } = result;
      throw new PawlError('too_many_attempts', 'login throttled', { retryAfterSeconds });
    }
    case 'factor':
      return { granted: false, ...checkFactorRequired(result) };
  }
}
