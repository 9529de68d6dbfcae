import type { Introspection } from '../../authority/authority.js';
import { PawlError } from '../../errors.js';
import { presentedClient } from '../client-authentication.js';
import { type HttpRequest, type HttpResponse, json } from '../exchange.js';
import type { Services } from '../handler.js';
import { readForm } from '../parameters.js';

/**
 * `POST /introspect`: tells a registered client whether a token is good. Never counts as a use of the token.
 *
 * @throws PawlError `invalid_request`, `invalid_client` for everybody who is not registered, `store_unavailable`
 * @see [RFC 7662 §2](https://www.rfc-editor.org/rfc/rfc7662.html#section-2)
 */
export async function introspectEndpoint(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const parameters = await readForm(request);
  const client = presentedClient(services.clients, request, parameters);
  if (client?.authenticated !== true)
    throw new PawlError('invalid_client', 'introspection without client credentials');
  return json(
    200,
    introspectionBody(await services.authority.introspect(parameters.required('token')), services),
  );
}

function introspectionBody(introspection: Introspection, services: Services): object {
  if (!introspection.active) return { active: false };
  if (introspection.tokenType !== 'refresh_token') {
    const { claims } = introspection;
    return {
      active: true,
      token_type: claims.cnf === undefined ? 'Bearer' : 'DPoP',
      username: claims.sub,
      ...claims,
    };
  }
  const { subject, clientId, scope, sessionId, createdAt, expiresAt } = introspection;
  return {
    active: true,
    token_type: 'refresh_token',
    iss: services.authority.issuer,
    sub: subject,
    client_id: clientId,
    sid: sessionId,
    iat: Math.floor(createdAt),
    exp: Math.floor(expiresAt),
    ...(scope === '' ? {} : { scope }),
  };
}
