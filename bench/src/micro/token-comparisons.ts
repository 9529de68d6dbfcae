import { createHmac, createSecretKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { parseMasterKey, Secret, systemClock } from 'pawl';
import { type AccessClaims, readAccessToken, signAccessToken } from 'pawl/access';
import { type SigningKey, openKeyRing, type MacKey } from 'pawl/keys';
import { decide, noOutages, policies, type RotatingSession, unbound } from 'pawl/rotation';
import { createSessionId } from 'pawl/stores';
import { createMemoryStore } from 'pawl/stores/memory';
import { decodeRefreshToken, encodeRefreshToken } from 'pawl/sealed';
import type { Comparison } from './compare.js';

/** What one refresh does without a store. */
export async function tokenComparisons(): Promise<readonly Comparison[]> {
  const now = systemClock.now();
  const ring = await openKeyRing({
    documents: createMemoryStore().documents,
    masterKeys: [parseMasterKey(randomBytes(32).toString('hex'))],
    algorithm: 'ES256',
    now,
  });
  const sessionId = createSessionId('user-1', { bytes: randomBytes });
  return [
    ...accessComparisons(ring.accessKey(), claimsOf(sessionId, now)),
    ...refreshComparisons(ring.refreshKey(), sessionId),
    decideComparison(now),
  ];
}

function accessComparisons(key: SigningKey, claims: AccessClaims): Comparison[] {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const token = signAccessToken(claims, key);
  const input = Buffer.from(token.slice(0, token.lastIndexOf('.')));
  const signature = sign('sha256', input, privateKey);
  return [
    {
      name: 'sign an access token',
      reference: 'ES256 signature of node:crypto',
      stepsPerCall: 1,
      run: () => signAccessToken(claims, key),
      runReference: () => sign('sha256', input, privateKey),
    },
    {
      name: 'read and verify an access token',
      reference: 'ES256 verification of node:crypto',
      stepsPerCall: 1,
      run: () => readAccessToken(token, () => key),
      runReference: () => verify('sha256', input, publicKey, signature),
    },
  ];
}

function refreshComparisons(key: MacKey, sessionId: string): Comparison[] {
  const secretKey = createSecretKey(randomBytes(32));
  const input = randomBytes(44);
  const contents = { sessionId, generation: 1, fork: 0, secret: new Secret(randomBytes(16)) };
  const token = encodeRefreshToken('opaque', contents, key);
  const jwt = encodeRefreshToken('jwt', contents, key);
  const reference = 'one HMAC-SHA-256 of node:crypto';
  const runReference = (): unknown => createHmac('sha256', secretKey).update(input).digest();
  const oneHmac = { reference, runReference, stepsPerCall: 1 };
  return [
    {
      ...oneHmac,
      name: 'encode a refresh token',
      run: () => encodeRefreshToken('opaque', contents, key),
    },
    { ...oneHmac, name: 'decode a refresh token', run: () => decodeRefreshToken(token, () => key) },
    {
      ...oneHmac,
      name: 'encode a refresh token as JWT',
      run: () => encodeRefreshToken('jwt', contents, key),
    },
    { ...oneHmac, name: 'decode a refresh token as JWT', run: () => decodeRefreshToken(jwt, () => key) },
  ];
}

function decideComparison(now: number): Comparison {
  const session: RotatingSession = {
    ...{ generation: 7, fork: 0, previousFork: 0, rotatedAt: now - 300, seen: false },
    ...{ createdAt: now - 3000, expiresAt: now + 3000, idleSeconds: 3000, usedAt: null, revokedAt: null },
    usedAt: null,
    ...{ epoch: 0, subjectEpoch: 0, binding: unbound, floor: 0, network: null },
  };
  const token = { kind: 'token', generation: 7, fork: 0, mayChangeKey: false } as const;
  const presented = { ...token, secretMatches: true, clientMatches: true, proof: unbound, network: null };
  const outages = { known: noOutages, maxSeconds: 900 };
  return {
    name: 'decide (rotated)',
    reference: 'copying the record',
    stepsPerCall: 1,
    run: () => decide(session, presented, policies.balanced, now, outages),
    runReference: () => ({ ...session }),
  };
}

function claimsOf(sessionId: string, now: number): AccessClaims {
  const iat = Math.floor(now);
  return {
    iss: 'https://auth.example.test',
    sub: 'user-1',
    aud: 'https://auth.example.test',
    client_id: 'first-party',
    exp: iat + 300,
    iat,
    jti: randomBytes(16).toString('base64url'),
    sid: sessionId,
    auth_time: iat,
    scope: 'api',
  };
}
