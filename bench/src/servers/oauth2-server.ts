/**
 * `@node-oauth/oauth2-server` with its refresh_token grant: rotation on, as by default, a public client, access tokens
 * as ES256 JWT by jose, and a model that keeps each refresh token under a key of Redis. The library has no detection
 * of reuse: a token that was used is gone.
 */
import OAuth2Server from '@node-oauth/oauth2-server';
import { Redis } from 'ioredis';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { required } from '../required.js';
import { readBody } from './body.js';
import { type Prepared, type Setup, serve } from './serve.js';

interface StoredToken {
  readonly userId: string;
  readonly clientId: string;
  readonly scope: string[];
  readonly expiresAt: string;
}

const client: OAuth2Server.Client = { id: 'first-party', grants: ['refresh_token'] };
const lifetimes = { accessTokenLifetime: 300, refreshTokenLifetime: 14 * 86_400 };

serve(async ({ sessions, origin, database }: Setup): Promise<Prepared> => {
  const redis = new Redis(required(database));
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const model = modelOf(redis, origin, privateKey);
  const server = new OAuth2Server({
    model,
    ...lifetimes,
    requireClientAuthentication: { refresh_token: false },
  });
  const users = Array.from({ length: sessions }, (_, index) => ({ id: `user-${index}` }));
  return {
    listener: (request, response) => void answer(server, request, response),
    refreshTokens: await Promise.all(users.map((user) => logIn(model, user))),
    publicKey: await exportJWK(publicKey),
    async close() {
      await redis.quit();
    },
  };
});

function modelOf(redis: Redis, issuer: string, key: CryptoKey): OAuth2Server.RefreshTokenModel {
  return {
    getClient: async (id) => (id === client.id ? client : null),
    generateAccessToken: async (_client, user, scope) =>
      new SignJWT({ client_id: client.id, scope: scope.join(' ') })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
        .setIssuer(issuer)
        .setAudience(issuer)
        .setSubject(String(user['id']))
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime(`${lifetimes.accessTokenLifetime}s`)
        .sign(key),
    async saveToken(token, { id }, user) {
      const stored: StoredToken = {
        userId: String(user['id']),
        clientId: id,
        scope: token.scope ?? [],
        expiresAt: required(token.refreshTokenExpiresAt).toISOString(),
      };
      const name = keyOf(required(token.refreshToken));
      await redis.set(name, JSON.stringify(stored), 'EX', lifetimes.refreshTokenLifetime);
      return { ...token, client, user };
    },
    async getRefreshToken(refreshToken) {
      const text = await redis.get(keyOf(refreshToken));
      if (text === null) return null;
      const { userId, scope, expiresAt } = JSON.parse(text) as StoredToken;
      return {
        ...{ refreshToken, scope, client },
        user: { id: userId },
        refreshTokenExpiresAt: new Date(expiresAt),
      };
    },
    revokeToken: async ({ refreshToken }) => (await redis.del(keyOf(refreshToken))) === 1,
    // Access tokens are verified with the key, not looked up.
    getAccessToken: async () => null,
  };
}

async function answer(
  server: OAuth2Server,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const request = new OAuth2Server.Request({
    method: 'POST',
    headers: incoming.headers as Record<string, string>,
    query: {},
    body: Object.fromEntries(new URLSearchParams(await readBody(incoming))),
  });
  const response = new OAuth2Server.Response();
  // What went wrong is in the response.
  await server.token(request, response).catch(() => undefined);
  const body = JSON.stringify(response.body);
  outgoing.writeHead(response.status ?? 500, {
    ...response.headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  outgoing.end(body);
}

async function logIn(model: OAuth2Server.RefreshTokenModel, user: OAuth2Server.User): Promise<string> {
  const refreshToken = randomBytes(32).toString('hex');
  const refreshTokenExpiresAt = new Date(Date.now() + lifetimes.refreshTokenLifetime * 1000);
  const token = { accessToken: '', refreshToken, refreshTokenExpiresAt, scope: ['api'], client, user };
  await model.saveToken(token, client, user);
  return refreshToken;
}

function keyOf(refreshToken: string): string {
  return `refresh:${refreshToken}`;
}
