import { Secret } from '../../base/secret.js';
import { PawlError } from '../../errors.js';
import { endPredecessor } from '../bound-browser.js';
import { loginCookies } from '../cookies.js';
import { provenKey } from '../dpop.js';
import type { HttpRequest, HttpResponse } from '../exchange.js';
import { json } from '../exchange.js';
import type { Services } from '../handler.js';
import { malformed, readJson } from '../parameters.js';
import { requireSameOrigin } from '../same-origin.js';
import { loginBody, transportBody } from '../token-body.js';
import { registrationOffer } from './dbsc.js';

/**
 * `POST /login`: a username and a password against the first tokens of a session, or against its session token.
 *
 * A DPoP proof binds the session to its key.
 *
 * @throws PawlError `invalid_request`, `invalid_dpop_proof`, `use_dpop_nonce`, `invalid_credentials`, `too_many_attempts`, `cross_site_request`, `store_unavailable`,
 * `claims_unavailable`
 */
export async function loginEndpoint(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const parameters = await readJson(request);
  const username = parameters.required('username');
  const password = new Secret(parameters.required('password'));
  const device = parameters.optional('device');
  const transport = parameters.optional('transport') ?? 'body';
  if (transport !== 'body' && transport !== 'cookie') {
    throw malformed('The parameter "transport" must be "body" or "cookie".');
  }
  // A login by another site would put its own session into this browser.
  if (transport === 'cookie') requireSameOrigin(request, services.origin);

  const { authenticate, authority } = services;
  const key = await provenKey(services, request);
  const authentication = await authenticate({ username, password, address: request.address });
  if (!authentication.ok) {
    services.metrics.countLogin(authentication.reason);
    if (authentication.reason === 'wrong') throw new PawlError('invalid_credentials', 'login refused');
    const { retryAfterSeconds } = authentication;
    throw new PawlError('too_many_attempts', 'login throttled', { retryAfterSeconds });
  }
  const { subject, amr, acr, scope, epoch } = authentication;
  if (transport === 'cookie') await endPredecessor(services, request);
  const login = await authority.login({
    subject,
    amr,
    ...(acr === undefined ? {} : { acr }),
    ...(scope === undefined ? {} : { scope }),
    ...(epoch === undefined ? {} : { epoch }),
    ...(device === null ? {} : { device }),
    // A session token in a cookie is shown without a proof, and never refreshed: there is nothing that a key could be asked for.
    ...(key === null || (transport === 'cookie' && authority.mode === 'session') ? {} : { boundKey: key }),
    transport,
    ...(request.address === null ? {} : { address: request.address }),
  });
  services.metrics.countLogin(login.granted ? 'granted' : 'wrong');
  // A subject that is gone, disabled, or was revoked while the password was checked gets the answer of a wrong password.
  if (!login.granted) throw new PawlError('invalid_credentials', `login refused: subject ${login.outcome}`);
  if (transport === 'body') return json(200, loginBody(login.tokens));
  return json(200, transportBody(login.tokens), [
    ...loginCookies(login.tokens),
    // A session has one key: the one that came with the login is as good as the browser's.
    ...(key === null ? registrationOffer(services, login.tokens.sessionId) : []),
  ]);
}
