import { PawlError } from '../../errors.js';
import { presentedClient } from '../client-authentication.js';
import { provenKey } from '../dpop.js';
import { type HttpRequest, type HttpResponse, json, whereFrom } from '../exchange.js';
import type { Services } from '../handler.js';
import { readForm } from '../parameters.js';
import { refusedRefresh, requireRefreshing } from '../refused-refresh.js';
import { tokenBody } from '../token-body.js';

/**
 * `POST /token` with the grant `refresh_token`. A token is refused, and its session untouched, when the client that presents it is not
 * the session's. The access token belongs to the key of the DPoP proof, where there is one.
 *
 * @throws PawlError `invalid_request`, `unsupported_grant_type`, `invalid_client`, `invalid_dpop_proof`, `use_dpop_nonce`, `invalid_scope`,
 * `store_unavailable`, `claims_unavailable`
 * @see [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749.html#section-6), [RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449.html#section-5)
 */
export async function tokenEndpoint(services: Services, request: HttpRequest): Promise<HttpResponse> {
  requireRefreshing(services);
  const parameters = await readForm(request);
  if (parameters.required('grant_type') !== 'refresh_token') {
    throw new PawlError('unsupported_grant_type', 'another grant type was asked for');
  }
  const refreshToken = parameters.required('refresh_token');
  const client = presentedClient(services.clients, request, parameters);
  const scope = parameters.optional('scope');
  const key = await provenKey(services, request);
  const result = await services.authority.refresh({
    refreshToken,
    ...(client === null ? {} : { clientId: client.id, clientAuthenticated: client.authenticated }),
    ...(key === null ? {} : { provenKey: key }),
    ...(scope === null ? {} : { scope }),
    ...whereFrom(request),
  });
  if (!result.granted) return refusedRefresh();
  return json(200, tokenBody(result.tokens), [
    ['pragma', 'no-cache'],
    ['pawl-refresh', result.outcome],
  ]);
}
