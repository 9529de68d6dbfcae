/**
 * The limit program: the least that one refresh over HTTP can cost on this runtime. A small body is parsed, one HMAC
 * is checked, one version is moved forward, one HMAC and one ES256 signature are made, JSON is answered. Nothing else:
 * no routes, no expiry, no reuse detection, no revocation, no key rotation, no limits on the body. With a database
 * server behind it, it reads a form, else JSON.
 */
import {
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  timingSafeEqual,
} from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import { openPostgresLimitStore, openRedisLimitStore } from '../limit-database.js';
import { createMapStore, type LimitStore, openSqliteLimitStore } from '../limit-store.js';
import { required } from '../required.js';
import { type Prepared, type Setup, serve } from './serve.js';

const headerBytes = 8;
const secret = createSecretKey(randomBytes(32));
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwtHeader = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt' })).toString('base64url');

type Stores = Readonly<Record<string, (setup: Setup) => Promise<LimitStore>>>;

const stores: Stores = {
  memory: async () => createMapStore(),
  sqlite: ({ folder }) => openSqliteLimitStore(folder, true),
  'sqlite-ungrouped': ({ folder }) => openSqliteLimitStore(folder, false),
  redis: ({ database }) => openRedisLimitStore(required(database)),
  'postgres-update 10': ({ database }) => openPostgresLimitStore(required(database), 10),
  'postgres-update 20': ({ database }) => openPostgresLimitStore(required(database), 20),
};

serve(async (setup: Setup): Promise<Prepared> => {
  const store = await required(stores[setup.variant])(setup);
  const ids = Array.from({ length: setup.sessions }, (_, id) => id);
  await Promise.all(ids.map((id) => store.add(id)));
  const tokenIn = setup.database === null ? tokenInJson : tokenInForm;
  return {
    listener: (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => void answer(store, response, tokenIn(Buffer.concat(chunks).toString())));
    },
    refreshTokens: ids.map((id) => refreshToken(id, 0)),
    publicKey: publicKey.export({ format: 'jwk' }),
    close: () => store.close(),
  };
});

function tokenInJson(body: string): string {
  return (JSON.parse(body) as { readonly refresh_token: string }).refresh_token;
}

function tokenInForm(body: string): string {
  return String(parse(body)['refresh_token']);
}

async function answer(store: LimitStore, response: ServerResponse, token: string): Promise<void> {
  const sent = readRefreshToken(token);
  if (sent === null || !(await store.advance(sent.id, sent.version))) {
    send(response, 400, JSON.stringify({ error: 'invalid_grant' }));
    return;
  }
  const tokens = {
    access_token: accessToken(sent.id, sent.version + 1),
    token_type: 'Bearer',
    expires_in: 300,
    refresh_token: refreshToken(sent.id, sent.version + 1),
  };
  send(response, 200, JSON.stringify(tokens));
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

function refreshToken(id: number, version: number): string {
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeUInt32BE(id, 0);
  header.writeUInt32BE(version, 4);
  return Buffer.concat([header, mac(header)]).toString('base64url');
}

function readRefreshToken(token: string): { readonly id: number; readonly version: number } | null {
  const bytes = Buffer.from(token, 'base64url');
  const header = bytes.subarray(0, headerBytes);
  const sent = bytes.subarray(headerBytes);
  if (sent.length !== 32 || !timingSafeEqual(sent, mac(header))) return null;
  return { id: header.readUInt32BE(0), version: header.readUInt32BE(4) };
}

function mac(input: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(input).digest();
}

function accessToken(id: number, version: number): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'https://limit.example',
    sub: `user-${id}`,
    aud: 'https://limit.example',
    iat: now,
    exp: now + 300,
    jti: `${id}.${version}`,
  };
  const input = `${jwtHeader}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${input}.${rawSignature(privateKey, input).toString('base64url')}`;
}

/** DER signed and converted here: asking for `ieee-p1363` costs more on newer runtimes. */
function rawSignature(key: KeyObject, input: string): Buffer {
  const der = sign('sha256', Buffer.from(input), key);
  const raw = Buffer.alloc(64);
  const rEnd = 4 + (der[3] ?? 0);
  const sEnd = rEnd + 2 + (der[rEnd + 1] ?? 0);
  const r = der.subarray(Math.max(4, rEnd - 32), rEnd);
  const s = der.subarray(Math.max(rEnd + 2, sEnd - 32), sEnd);
  r.copy(raw, 32 - r.length);
  s.copy(raw, 64 - s.length);
  return raw;
}
