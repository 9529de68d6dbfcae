import type { SessionInfo } from '../../authority/sessions.js';
import { PawlError } from '../../errors.js';
import { type Caller, identifyCaller } from '../caller.js';
import { type HttpResponse, json, noContent } from '../exchange.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import { jsonBody, objectOf, sessionSchema } from '../schemas.js';
import type { Services } from '../services.js';

const sameOrigin = { Origin: "with the cookie: the issuer's own, or `Sec-Fetch-Site: same-origin`" } as const;
const cleared = { 'Set-Cookie': 'takes the cookies away' } as const;
const common = { caller: 'session', takes: 'nothing', parameters: {} } as const;

/** `GET /sessions` */
export const listSessionsRoute: AnyRoute = defineRoute({
  ...common,
  method: 'GET',
  path: '/sessions',
  summary: "The caller's live sessions, newest first.",
  answers: [
    {
      status: 200,
      description: 'The sessions.',
      body: jsonBody(objectOf({ sessions: { type: 'array', items: sessionSchema } })),
    },
  ],
  errors: ['third_party_session', 'clients_unavailable', 'store_unavailable', 'claims_unavailable'],
  example: 'curl -H "authorization: Bearer $ACCESS" http://localhost:3000/sessions',
  async run(services, { request }) {
    const caller = await identifyCaller(services, request);
    if (!caller.ok) return caller;
    const { sub, sid } = caller.claims;
    const sessions = await services.authority.listSessions(sub);
    return json(200, { sessions: sessions.map((session) => sessionBody(session, sid)) });
  },
});

function sessionBody(session: SessionInfo, currentId: string): object {
  return {
    id: session.id,
    current: session.id === currentId,
    device: session.device,
    created_at: Math.floor(session.createdAt),
    last_refreshed_at: session.lastRefreshedAt === null ? null : Math.floor(session.lastRefreshedAt),
    expires_at: Math.floor(session.expiresAt),
  };
}

/** `DELETE /sessions/{id}` */
export const revokeSessionRoute: AnyRoute = defineRoute({
  ...common,
  method: 'DELETE',
  path: '/sessions/{id}',
  summary:
    'Ends one session of the caller. Ending one that had ended is no error; one of another subject is as unknown as one that never was.',
  requestHeaders: sameOrigin,
  answers: [
    { status: 204, description: 'It has ended.' },
    {
      status: 204,
      description: 'It has ended, and was that of a call by cookie.',
      headers: cleared,
    },
  ],
  errors: [
    'third_party_session',
    'not_found',
    'clients_unavailable',
    'store_unavailable',
    'claims_unavailable',
  ],
  example:
    'curl -i -X DELETE -H "authorization: Bearer $ACCESS" "http://localhost:3000/sessions/$(echo "$LOGIN" | json session_id)"',
  run: revokeOne,
});

async function revokeOne(services: Services, { request, id }: RouteCall): Promise<HttpResponse> {
  const caller = await identifyCaller(services, request);
  if (!caller.ok) return caller;
  const { sub, sid } = caller.claims;
  const found = await services.authority.findSession(id);
  if (found?.subject !== sub) throw new PawlError('not_found', 'no such session of this subject');
  await services.authority.revokeSession(id);
  return noContent(id === sid ? cookiesOf(services, caller) : []);
}

/** `DELETE /sessions` */
export const revokeOthersRoute: AnyRoute = defineRoute({
  ...common,
  method: 'DELETE',
  path: '/sessions',
  summary: 'Ends every session of the caller but this one.',
  requestHeaders: sameOrigin,
  answers: [{ status: 204, description: 'They have ended.' }],
  errors: ['third_party_session', 'clients_unavailable', 'store_unavailable', 'claims_unavailable'],
  example: 'curl -i -X DELETE -H "authorization: Bearer $ACCESS" http://localhost:3000/sessions',
  async run(services, { request }) {
    const caller = await identifyCaller(services, request);
    if (!caller.ok) return caller;
    await services.authority.revokeOthers(caller.claims.sub, caller.claims.sid);
    return noContent();
  },
});

/** `POST /sessions/revoke-all` */
export const revokeAllRoute: AnyRoute = defineRoute({
  ...common,
  method: 'POST',
  path: '/sessions/revoke-all',
  summary: 'Ends every session of the caller, this one included.',
  requestHeaders: sameOrigin,
  answers: [
    { status: 204, description: 'They have ended.' },
    { status: 204, description: 'They have ended, and the call came by cookie.', headers: cleared },
  ],
  errors: ['third_party_session', 'clients_unavailable', 'store_unavailable', 'claims_unavailable'],
  example: 'curl -i -X POST -H "authorization: Bearer $ACCESS" http://localhost:3000/sessions/revoke-all',
  async run(services, { request }) {
    const caller = await identifyCaller(services, request);
    if (!caller.ok) return caller;
    await services.authority.revokeSubject(caller.claims.sub);
    return noContent(cookiesOf(services, caller));
  },
});

function cookiesOf(services: Services, caller: Caller): HttpResponse['headers'] {
  return caller.by === 'cookie' ? services.cookies.cleared : [];
}
