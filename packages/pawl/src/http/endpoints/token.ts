import { PawlError } from '../../errors.js';
import { actingFor } from '../acting-client.js';
import { clientParameters, presentedClient } from '../client-authentication.js';
import { provenKey } from '../dpop.js';
import { type HttpResponse, json, whereFrom } from '../exchange.js';
import { one } from '../parameters.js';
import { refusedRefresh, requireRefreshing } from '../refused-refresh.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import { jsonBody, tokenSchema } from '../schemas.js';
import type { Services } from '../services.js';
import { tokenBody } from '../token-body.js';
import { outcomeHeader } from './refresh.js';

const parameters = {
  grant_type: one('`refresh_token`.', { required: true }),
  refresh_token: one('The refresh token.', { required: true }),
  scope: one('Narrows the scope of the access token; a wider one is refused, and nothing is rotated.'),
  ...clientParameters,
} as const;

/** `POST /token` */
export const tokenRoute: AnyRoute = defineRoute({
  method: 'POST',
  path: '/token',
  summary:
    'The grant `refresh_token`. A token is refused, and its session untouched, when the client that presents it is not the client of the session. The access token belongs to the key of the DPoP proof, where there is one.',
  caller: 'anybody',
  takes: 'form',
  parameters,
  requestHeaders: {
    Authorization: 'Basic, for a client with a secret',
    DPoP: 'a proof (RFC 9449)',
  },
  answers: [{ status: 200, description: 'Refreshed.', body: jsonBody(tokenSchema), headers: outcomeHeader }],
  errors: [
    'unsupported_grant_type',
    'invalid_client',
    'too_many_attempts',
    'invalid_grant',
    'invalid_dpop_proof',
    'use_dpop_nonce',
    'invalid_scope',
    'clients_unavailable',
    'store_unavailable',
    'claims_unavailable',
  ],
  specification: 'RFC 6749 §6, RFC 9449 §5',
  example: 'curl http://localhost:3000/token -d grant_type=refresh_token -d "refresh_token=$REFRESH"',
  run: exchange,
});

async function exchange(
  services: Services,
  { request, parameters: given }: RouteCall<keyof typeof parameters>,
): Promise<HttpResponse> {
  requireRefreshing(services);
  if (given.required('grant_type') !== 'refresh_token') {
    throw new PawlError('unsupported_grant_type', 'another grant type was asked for');
  }
  const refreshToken = given.required('refresh_token');
  const client = await presentedClient(services, request, given);
  const scope = given.optional('scope');
  const key = await provenKey(services, request);
  const result = await services.authority.refresh({
    refreshToken,
    ...actingFor(services, client, 'public'),
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
