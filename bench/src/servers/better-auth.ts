/**
 * better-auth with its OAuth provider plugin, whose refresh_token grant always rotates, over SQLite by its own dialect
 * for Node's SQLite. A public client, ES256 access tokens as JWT, which take a resource; no scope `openid` and so no ID
 * token. What it can keep in memory between requests, the client and the resource, it keeps. First tokens are written
 * as its code writes them: the SHA-256 of each, under a session of the user.
 */
import { NodeSqliteDialect } from '@better-auth/kysely-adapter/node-sqlite-dialect';
import { oauthProvider } from '@better-auth/oauth-provider';
import { type Auth, type BetterAuthOptions, type BetterAuthPlugin, betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins';
import { createHash, type JsonWebKey, randomBytes } from 'node:crypto';
import path from 'node:path';
import { benchResource } from '../candidates.js';
import { required } from '../required.js';
import { loadSqlite } from '../sqlite-driver.js';
import { type Prepared, type Setup, serve } from './serve.js';

type Server = Auth;

const clientId = 'first-party';
const day = 86_400;

serve(async ({ variant, sessions, folder, origin }: Setup): Promise<Prepared> => {
  const { DatabaseSync } = await loadSqlite();
  const database = new DatabaseSync(path.join(folder, 'better-auth.sqlite'));
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  const dialect = new NodeSqliteDialect({ database });
  const server = createServer(dialect, origin, Number(variant));
  const { runMigrations } = await getMigrations(server.options);
  await runMigrations();
  const { adapter } = await server.$context;
  await adapter.create({
    model: 'oauthClient',
    data: {
      clientId,
      ...{ name: 'bench', public: true, tokenEndpointAuthMethod: 'none', requirePKCE: true },
      grantTypes: ['authorization_code', 'refresh_token'],
      responseTypes: ['code'],
      redirectUris: ['https://app.example.test/callback'],
      scopes: ['api', 'offline_access'],
    },
  });
  const subjects = Array.from({ length: sessions }, (_, index) => `user-${index}`);
  const refreshTokens: string[] = [];
  for (const subject of subjects) refreshTokens.push(await logIn(server, subject));
  const answer = await server.handler(new Request(`${origin}/api/auth/jwks`));
  const { keys } = (await answer.json()) as { readonly keys: readonly JsonWebKey[] };
  const handler = toNodeHandler(server);
  return {
    listener: (request, response) => void handler(request, response),
    refreshTokens,
    publicKey: required(keys[0]),
    close: async () => database.close(),
  };
});

function createServer(dialect: NodeSqliteDialect, origin: string, reuseSeconds: number): Server {
  const tokens = jwt({ jwks: { keyPairConfig: { alg: 'ES256' } }, disableSettingJwtHeader: true });
  const provider = oauthProvider({
    loginPage: '/login',
    consentPage: '/consent',
    scopes: ['api', 'offline_access'],
    resources: [benchResource],
    cachedResources: new Set([benchResource]),
    cachedTrustedClients: new Set([clientId]),
    enforcePerClientResources: false,
    accessTokenExpiresIn: 300,
    refreshTokenExpiresIn: 14 * day,
    refreshTokenReuseInterval: reuseSeconds,
  });
  return betterAuth<BetterAuthOptions>({
    baseURL: origin,
    secret: randomBytes(32).toString('hex'),
    database: { dialect, type: 'sqlite' },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: 'error' },
    disabledPaths: ['/token'],
    // Its plugins are typed without `exactOptionalPropertyTypes`, under which they do not fit its own option.
    plugins: [tokens, provider] as unknown as BetterAuthPlugin[],
  });
}

async function logIn(server: Server, name: string): Promise<string> {
  const { adapter, internalAdapter } = await server.$context;
  const [createdAt, email] = [new Date(), `${name}@example.test`];
  const user = await adapter.create<Record<string, unknown>, { readonly id: string }>({
    model: 'user',
    data: { name, email, emailVerified: true, createdAt, updatedAt: createdAt },
  });
  const session = await internalAdapter.createSession(user.id);
  const refreshToken = randomBytes(24).toString('base64url');
  await adapter.create({
    model: 'oauthRefreshToken',
    data: {
      token: createHash('sha256').update(refreshToken).digest('base64url'),
      clientId,
      ...{ userId: user.id, sessionId: session.id, scopes: ['api', 'offline_access'] },
      resources: [benchResource],
      ...{ createdAt, authTime: createdAt },
      expiresAt: new Date(Date.now() + 14 * day * 1000),
    },
  });
  return refreshToken;
}
