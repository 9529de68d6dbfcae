import { dpopAlgorithms } from '../../proof/index.js';
import { publicJson } from '../exchange.js';
import { openApiOf } from '../openapi.js';
import { type AnyRoute, defineRoute } from '../route.js';
import { jsonBody, objectOf } from '../schemas.js';
import type { Services } from '../services.js';

const metadataMaxAgeSeconds = 3600;

/** `GET /jwks.json` */
export const jwksRoute: AnyRoute = defineRoute({
  method: 'GET',
  path: '/jwks.json',
  summary:
    'The public keys that access tokens are checked with. Caches may keep them no longer than a key is announced before it signs.',
  caller: 'anybody',
  takes: 'nothing',
  parameters: {},
  answers: [
    {
      status: 200,
      description: 'A JWK set.',
      body: jsonBody(objectOf({ keys: { type: 'array', items: { type: 'object' } } })),
    },
  ],
  errors: [],
  specification: 'RFC 7517 §5',
  run: ({ authority }) => publicJson(authority.jwks(), authority.jwksMaxAgeSeconds),
});

const metadataSchema = objectOf(
  {
    issuer: { type: 'string' },
    jwks_uri: { type: 'string' },
    response_types_supported: { type: 'array', items: { type: 'string' } },
  },
  { token_endpoint: { type: 'string', description: "absent with `mode: 'session'`" } },
);

/** `GET /.well-known/oauth-authorization-server` */
export const oauthMetadataRoute: AnyRoute = defineRoute({
  method: 'GET',
  path: '/.well-known/oauth-authorization-server',
  summary:
    'Metadata of the authorization server. Also at the path-inserted address, where the issuer has a path.',
  caller: 'anybody',
  takes: 'nothing',
  parameters: {},
  answers: [{ status: 200, description: 'Metadata.', body: jsonBody(metadataSchema) }],
  errors: [],
  specification: 'RFC 8414',
  run: (services) => publicJson(metadata(services), metadataMaxAgeSeconds),
});

/** `GET /.well-known/openid-configuration` */
export const openidMetadataRoute: AnyRoute = defineRoute({
  method: 'GET',
  path: '/.well-known/openid-configuration',
  summary:
    'The same for OpenID Connect. There is no authorization endpoint and no ID token: logins are first-party.',
  caller: 'anybody',
  takes: 'nothing',
  parameters: {},
  answers: [{ status: 200, description: 'Metadata.', body: jsonBody(metadataSchema) }],
  errors: [],
  specification: 'OpenID Connect Discovery §3',
  run(services) {
    const algorithms = new Set(services.authority.jwks().keys.map((key) => key.alg));
    return publicJson(
      {
        ...metadata(services),
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: [...algorithms],
      },
      metadataMaxAgeSeconds,
    );
  },
});

/** `GET /openapi.json` */
export const openApiRoute: AnyRoute = defineRoute({
  method: 'GET',
  path: '/openapi.json',
  summary: 'This reference as an OpenAPI 3.1 document: every route of this server.',
  caller: 'anybody',
  takes: 'nothing',
  parameters: {},
  answers: [
    {
      status: 200,
      description: 'An OpenAPI document.',
      body: jsonBody(objectOf({ openapi: { type: 'string' }, paths: { type: 'object' } })),
    },
  ],
  errors: [],
  specification: 'OpenAPI 3.1',
  run: ({ authority, routes }) => publicJson(openApiOf(authority.issuer, routes), metadataMaxAgeSeconds),
});

function metadata(services: Services): object {
  const { issuer } = services.authority;
  const at = (path: string): string => issuer.replace(/\/$/, '') + path;
  const secretMethods = ['client_secret_basic', 'client_secret_post'];
  const refreshes = services.authority.mode === 'tokens';
  return {
    issuer,
    ...(refreshes ? { token_endpoint: at('/token') } : {}),
    revocation_endpoint: at('/revoke'),
    introspection_endpoint: at('/introspect'),
    userinfo_endpoint: at('/userinfo'),
    jwks_uri: at('/jwks.json'),
    grant_types_supported: refreshes ? ['refresh_token'] : [],
    response_types_supported: [],
    dpop_signing_alg_values_supported: dpopAlgorithms,
    token_endpoint_auth_methods_supported: ['none', ...secretMethods],
    revocation_endpoint_auth_methods_supported: ['none', ...secretMethods],
    introspection_endpoint_auth_methods_supported: secretMethods,
  };
}
