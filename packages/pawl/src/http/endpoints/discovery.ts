import { dpopAlgorithms } from '../../proof/dpop.js';
import { publicJson } from '../exchange.js';
import { openApiOf } from '../openapi.js';
import { type AnyRoute, defineRoute } from '../route.js';
import { jsonBody, jwksSchema, named, objectOf, text, texts } from '../schemas.js';
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
      body: jsonBody(jwksSchema),
    },
  ],
  errors: [],
  specification: 'RFC 7517 §5',
  example: 'curl http://localhost:3000/jwks.json',
  run: ({ authority }) => publicJson(authority.jwks(), authority.jwksMaxAgeSeconds),
});

const metadataMembers = {
  issuer: text('the issuer'),
  jwks_uri: text('address of `GET /jwks.json`'),
  grant_types_supported: texts("`refresh_token`; none with `mode: 'session'`"),
  response_types_supported: texts('none'),
  dpop_signing_alg_values_supported: texts('algorithms of proofs'),
};

/** Absent where the handler does not serve them. */
const whereServed = {
  token_endpoint: text("address of `POST /token`; absent with `mode: 'session'`"),
  revocation_endpoint: text('address of `POST /revoke`'),
  introspection_endpoint: text('address of `POST /introspect`'),
  userinfo_endpoint: text('address of `GET /userinfo`'),
  token_endpoint_auth_methods_supported: texts('how clients name themselves at `POST /token`'),
  revocation_endpoint_auth_methods_supported: texts('how they do at `POST /revoke`'),
  introspection_endpoint_auth_methods_supported: texts('how they do at `POST /introspect`'),
};

const metadataSchema = named('Metadata', objectOf(metadataMembers, whereServed));

const openidMetadataSchema = named(
  'OpenidMetadata',
  objectOf(
    {
      ...metadataMembers,
      subject_types_supported: texts('`public`'),
      id_token_signing_alg_values_supported: texts('algorithms of access tokens'),
    },
    whereServed,
  ),
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
  example: 'curl http://localhost:3000/.well-known/oauth-authorization-server',
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
  answers: [{ status: 200, description: 'Metadata.', body: jsonBody(openidMetadataSchema) }],
  errors: [],
  specification: 'OpenID Connect Discovery §3',
  example: 'curl http://localhost:3000/.well-known/openid-configuration',
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
      body: jsonBody(objectOf({ openapi: text('the version'), paths: { type: 'object' } })),
    },
  ],
  errors: [],
  specification: 'OpenAPI 3.1',
  example: 'curl http://localhost:3000/openapi.json',
  run: ({ authority, routes }) => publicJson(openApiOf(authority.issuer, routes), metadataMaxAgeSeconds),
});

function metadata({ authority, routes }: Services): object {
  const { issuer, mode } = authority;
  const refreshes = mode === 'tokens' && routes.some(({ path }) => path === '/token');
  // A place that this handler does not serve is not named.
  const named = (name: string, path: string, methods: readonly string[] | null = null): object =>
    routes.some((route) => route.path === path) && (path !== '/token' || refreshes)
      ? {
          [`${name}_endpoint`]: issuer.replace(/\/$/, '') + path,
          ...(methods === null ? {} : { [`${name}_endpoint_auth_methods_supported`]: methods }),
        }
      : {};
  const secretMethods = ['client_secret_basic', 'client_secret_post'];
  return {
    issuer,
    ...named('token', '/token', ['none', ...secretMethods]),
    ...named('revocation', '/revoke', ['none', ...secretMethods]),
    ...named('introspection', '/introspect', secretMethods),
    ...named('userinfo', '/userinfo'),
    jwks_uri: `${issuer.replace(/\/$/, '')}/jwks.json`,
    grant_types_supported: refreshes ? ['refresh_token'] : [],
    response_types_supported: [],
    dpop_signing_alg_values_supported: dpopAlgorithms,
  };
}
