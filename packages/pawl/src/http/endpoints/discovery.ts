import { dpopAlgorithms } from '../../proof/index.js';
import { type HttpResponse, publicJson } from '../exchange.js';
import type { Services } from '../handler.js';

const metadataMaxAgeSeconds = 3600;

/**
 * `GET /jwks.json`: the public keys that access tokens are checked with. Caches may keep it no longer than a key is announced
 * before it signs.
 *
 * @see [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517.html#section-5)
 */
export function jwksEndpoint(services: Services): HttpResponse {
  return publicJson(services.authority.jwks(), services.authority.jwksMaxAgeSeconds);
}

/**
 * `GET /.well-known/oauth-authorization-server`.
 *
 * @see [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414.html#section-2)
 */
export function oauthMetadataEndpoint(services: Services): HttpResponse {
  return publicJson(metadata(services), metadataMaxAgeSeconds);
}

/**
 * `GET /.well-known/openid-configuration`. There is no authorization endpoint and no ID token: logins are first-party.
 *
 * @see [OpenID Connect Discovery §3](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata)
 */
export function openidMetadataEndpoint(services: Services): HttpResponse {
  const algorithms = new Set(services.authority.jwks().keys.map((key) => key.alg));
  return publicJson(
    {
      ...metadata(services),
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...algorithms],
    },
    metadataMaxAgeSeconds,
  );
}

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
