import type { Introspection } from '../../authority/introspect.js';
import { clientParameters, type PresentedClient, requireClient } from '../client-authentication.js';
import { type HttpResponse, json } from '../exchange.js';
import { one } from '../parameters.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import { introspectionSchema, jsonBody } from '../schemas.js';
import type { Services } from '../services.js';

const parameters = {
  token: one('The token to look at.', { required: true }),
  token_type_hint: one('Is not needed, and ignored.'),
  ...clientParameters,
} as const;

/** `POST /introspect` */
export const introspectRoute: AnyRoute = defineRoute({
  method: 'POST',
  path: '/introspect',
  summary:
    "Tells a registered client whether a token is good. A refresh token is not used by it; with `mode: 'session'` it counts as a use of the session.",
  caller: 'client',
  takes: 'form',
  parameters,
  requestHeaders: { Authorization: 'Basic, for a client with a secret' },
  answers: [
    {
      status: 200,
      description: 'What the token stands for, or that it is not good.',
      body: jsonBody(introspectionSchema),
    },
  ],
  errors: ['clients_unavailable', 'store_unavailable', 'claims_unavailable'],
  specification: 'RFC 7662 §2',
  example:
    'curl -u api:a-secret-of-32-characters-or-more http://localhost:3000/introspect -d "token=$ACCESS"',
  run: introspect,
});

async function introspect(
  services: Services,
  { request, parameters: given }: RouteCall<keyof typeof parameters>,
): Promise<HttpResponse> {
  const client = await requireClient(services, request, given);
  const introspection = await services.authority.introspect(given.required('token'));
  return json(200, bodyFor(services, client, introspection));
}

/**
 * What a client learns of a token: of an access token that is meant for it, or was handed out to it, and of its own refresh token. To everybody else a
 * refresh token is no access token that could be shown as one.
 */
function bodyFor(services: Services, client: PresentedClient, introspection: Introspection): object {
  if (!introspection.active) return inactive;
  if (introspection.tokenType !== 'refresh_token') {
    const { claims } = introspection;
    const { id, registration } = client;
    const own = registration?.audiences ?? services.authority.audience;
    const isMeant = [claims.aud].flat().some((audience) => own.includes(audience));
    if (!isMeant && claims.client_id !== id) return inactive;
    return {
      ...claims,
      active: true,
      token_type: claims.cnf === undefined ? 'Bearer' : 'DPoP',
      username: claims.sub,
    };
  }
  const { subject, clientId, scope, sessionId, createdAt, expiresAt, boundKey } = introspection;
  if (clientId !== client.id) return inactive;
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
    ...(boundKey === null ? {} : { cnf: { jkt: boundKey } }),
  };
}

const inactive = { active: false } as const;
