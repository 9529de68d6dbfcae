import { identifyCaller } from '../caller.js';
import { type HttpResponse, json } from '../exchange.js';
import { one } from '../parameters.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import { jsonBody, userinfoSchema } from '../schemas.js';
import type { Services } from '../services.js';
import { findUserinfo } from '../userinfo.js';

// What a token says of itself, not of the user.
const aboutToken: ReadonlySet<string> = new Set(['iss', 'aud', 'exp', 'iat', 'jti', 'cnf', 'epoch']);

const shared = {
  path: '/userinfo',
  caller: 'session',
  answers: [{ status: 200, description: 'The claims.', body: jsonBody(userinfoSchema) }],
  specification: 'OpenID Connect Core §5.3',
} as const;

/** `GET /userinfo` */
export const userinfoRoute: AnyRoute = defineRoute({
  ...shared,
  method: 'GET',
  summary: 'What the access token says of the user and the login, and what the option `userinfo` adds.',
  takes: 'nothing',
  parameters: {},
  errors: ['insufficient_scope', 'clients_unavailable', 'store_unavailable', 'claims_unavailable'],
  example: 'curl -H "authorization: Bearer $ACCESS" http://localhost:3000/userinfo',
  run: (services, call) => tell(services, call, null),
});

/** `POST /userinfo` */
export const postedUserinfoRoute: AnyRoute = defineRoute({
  ...shared,
  method: 'POST',
  summary: 'The same; a bearer token may stand in the form instead of the header.',
  takes: 'form',
  parameters: { access_token: one('The access token, where no header holds it (RFC 6750 §2.2).') },
  errors: ['insufficient_scope', 'clients_unavailable', 'store_unavailable', 'claims_unavailable'],
  example: 'curl http://localhost:3000/userinfo -d "access_token=$ACCESS"',
  run: (services, call) => tell(services, call, call.parameters.optional('access_token')),
});

async function tell(
  services: Services,
  { request }: Pick<RouteCall, 'request'>,
  formToken: string | null,
): Promise<HttpResponse> {
  // Nothing is changed, whatever the method.
  const caller = await identifyCaller(services, request, {
    method: 'GET',
    formToken,
    thirdPartyScope: 'openid',
  });
  if (!caller.ok) return caller;
  const { claims, isOwn } = caller;
  const about = Object.fromEntries(Object.entries(claims).filter(([name]) => !aboutToken.has(name)));
  const { sub: subject, scope = '', client_id: clientId } = claims;
  const { userinfo } = services;
  if (userinfo === null) return json(200, about);
  const firstParty = services.acceptsThirdParty ? await services.clients.isFirstParty(clientId) : isOwn;
  const found = await findUserinfo(userinfo, { subject, scope, clientId, firstParty });
  // What the token says wins: it was promised to whoever holds it.
  return json(200, { ...about, ...found, ...about });
}
