/**
 * oidc-provider 9 with its refresh_token grant: rotation on, ES256 access tokens as JWT, which take the resource
 * indicators feature. A public client, no scope `openid` and so no ID token, the opaque refresh tokens that it always
 * has, no session behind the grant: the least that it does for one refresh.
 */
import { generateKeyPairSync } from 'node:crypto';
import { Redis } from 'ioredis';
import { Provider } from 'oidc-provider';
import { benchResource } from '../candidates.js';
import { createMapAdapter } from './oidc-map-adapter.js';
import { createRedisAdapters } from './oidc-redis-adapter.js';
import { type Prepared, type Setup, serve } from './serve.js';

const clientId = 'first-party';
const day = 86_400;

serve(async ({ sessions, origin, database }: Setup): Promise<Prepared> => {
  const redis = database === null ? null : new Redis(database);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const provider = new Provider(origin, {
    adapter: redis === null ? createMapAdapter : createRedisAdapters(redis),
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: 'ES256',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: ['https://app.example.test/callback'],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' }] },
    cookies: { keys: ['only for pages, which the bench never asks for'] },
    scopes: ['api'],
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    findAccount: async (_context: unknown, accountId: string) => ({
      accountId,
      claims: async () => ({ sub: accountId }),
    }),
    ttl: { AccessToken: 300, RefreshToken: 14 * day, Grant: 90 * day },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => benchResource,
        useGrantedResource: async () => true,
        getResourceServerInfo: async () => ({
          scope: 'api',
          audience: benchResource,
          accessTokenTTL: 300,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
  provider.on('server_error', (_context, error) => console.error(error));
  const subjects = Array.from({ length: sessions }, (_, index) => `user-${index}`);
  return {
    listener: provider.callback(),
    refreshTokens: await Promise.all(subjects.map((subject) => logIn(provider, subject))),
    publicKey: publicKey.export({ format: 'jwk' }),
    async close() {
      await redis?.quit();
    },
  };
});

async function logIn(provider: Provider, accountId: string): Promise<string> {
  const client = await provider.Client.find(clientId);
  const grant = new provider.Grant({ accountId, clientId });
  grant.addResourceScope(benchResource, 'api');
  const grantId = await grant.save(90 * day);
  const refreshToken = new provider.RefreshToken({
    accountId,
    client,
    grantId,
    gty: 'authorization_code',
    resource: benchResource,
    scope: 'api',
    authTime: Math.floor(Date.now() / 1000),
  });
  return refreshToken.save();
}
