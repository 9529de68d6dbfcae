import { presentedClient } from '../client-authentication.js';
import type { HttpRequest, HttpResponse } from '../exchange.js';
import type { Services } from '../handler.js';
import { readForm } from '../parameters.js';

/**
 * `POST /revoke`: ends the session of a refresh token or of an access token. 200 whether or not the token was good: whoever holds
 * a token may give it up, and learns nothing from the answer. `token_type_hint` is not needed and ignored.
 *
 * @throws PawlError `invalid_request`, `invalid_client`, `store_unavailable`
 * @see [RFC 7009](https://www.rfc-editor.org/rfc/rfc7009.html)
 */
export async function revokeEndpoint(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const parameters = await readForm(request);
  const token = parameters.required('token');
  presentedClient(services.clients, request, parameters);
  const { authority } = services;
  if (!(await authority.logout(token))) {
    const verification = await authority.verify(token);
    if (verification.valid) await authority.revokeSession(verification.claims.sid);
  }
  return { status: 200, headers: [['cache-control', 'no-store']], body: '' };
}
