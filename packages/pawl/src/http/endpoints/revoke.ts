import { clientParameters, presentedClient, requireOwner } from '../client-authentication.js';
import { type HttpResponse, json } from '../exchange.js';
import { one } from '../parameters.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import { jsonBody, objectOf } from '../schemas.js';
import type { Services } from '../services.js';

const parameters = {
  token: one('A refresh token, an access token or a session token.', { required: true }),
  token_type_hint: one('Is not needed, and ignored.'),
  ...clientParameters,
} as const;

/** `POST /revoke` */
export const revokeRoute: AnyRoute = defineRoute({
  method: 'POST',
  path: '/revoke',
  summary:
    'Ends the session of a token. The answer is the same whether or not the token was good: whoever holds a token may give it up, and learns nothing from the answer.',
  caller: 'anybody',
  takes: 'form',
  parameters,
  requestHeaders: { Authorization: 'Basic, for a client with a secret' },
  answers: [{ status: 200, description: 'The token is no longer good.', body: jsonBody(objectOf({})) }],
  errors: [
    'invalid_client',
    'invalid_grant',
    'too_many_attempts',
    'clients_unavailable',
    'store_unavailable',
    'claims_unavailable',
  ],
  specification: 'RFC 7009',
  example: 'curl -i http://localhost:3000/revoke -d "token=$REFRESH"',
  run: revoke,
});

async function revoke(
  services: Services,
  { request, parameters: given }: RouteCall<keyof typeof parameters>,
): Promise<HttpResponse> {
  const token = given.required('token');
  const { authority } = services;
  const client = await presentedClient(services, request, given);
  const mayEnd = (clientId: string): Promise<true> => requireOwner(services, client, clientId);
  if (!(await authority.logout(token, mayEnd))) {
    const verification = await authority.verify(token);
    if (verification.valid) {
      await mayEnd(verification.claims.client_id);
      await authority.revokeSession(verification.claims.sid);
    }
  }
  // Some clients read a body of every answer.
  return json(200, {});
}
