import {
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import { createFakeClock, type FakeClock } from '../../src/testing/index.js';
import { createVerifier, type Fetch, type Verifier, type VerifierOptions } from '../../src/verifier/index.js';

export const issuer = 'https://auth.example';
export const audience = 'https://api.example';
export const startAt = 2_000_000_000;

/** A key of an issuer, made and used by a foreign library. */
export interface ForeignKey {
  readonly kid: string;
  readonly alg: string;
  readonly publicJwk: JWK & { kid: string; alg: string };
  readonly privateJwk: JWK;
  readonly pkcs8: string;
  sign(claims: Readonly<Record<string, unknown>>, header?: Partial<JWTHeaderParameters>): Promise<string>;
}

export async function createForeignKey(alg: string, kid: string): Promise<ForeignKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const pkcs8 = await exportPKCS8(privateKey);
  const signer = await importPKCS8(pkcs8, alg);
  return {
    kid,
    alg,
    pkcs8,
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    privateJwk: await exportJWK(privateKey),
    sign: (claims, header = {}) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header }).sign(signer),
  };
}

/** The claims of an access token that is good at `startAt`. */
export function claimsOf(change: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    iss: issuer,
    aud: audience,
    sub: 'ada',
    client_id: 'first-party',
    sid: 'AAAAAAAAAAAAAAAAAAAAAA',
    jti: 'BBBBBBBBBBBBBBBBBBBBBB',
    iat: startAt,
    exp: startAt + 300,
    auth_time: startAt - 60,
    epoch: 0,
    scope: 'orders:read orders:write',
    ...change,
  };
}

/** An issuer in memory: answers `fetch`, counts what it is asked, and can be told to fail. */
export interface Issuer {
  readonly fetch: Fetch;
  /** Addresses asked for, in order. */
  readonly asked: string[];
  keys: readonly unknown[];
  cacheControl: string | null;
  /** Answers instead of the issuer; null: the issuer answers. */
  answer: ((url: string) => Promise<Response | null> | Response | null) | null;
  /** How often the key set was asked for. */
  readonly loads: number;
}

export function createIssuer(...keys: readonly ForeignKey[]): Issuer {
  const asked: string[] = [];
  const made: Issuer = {
    asked,
    keys: keys.map(({ publicJwk }) => publicJwk),
    cacheControl: 'public, max-age=300',
    answer: null,
    get loads() {
      return asked.filter((url) => url.endsWith('/jwks.json')).length;
    },
    async fetch(url) {
      asked.push(url);
      const instead = await made.answer?.(url);
      if (instead) return instead;
      const headers: Record<string, string> =
        made.cacheControl === null ? {} : { 'cache-control': made.cacheControl };
      if (url === `${issuer}/.well-known/oauth-authorization-server`) {
        return Response.json({ issuer, jwks_uri: `${issuer}/jwks.json` });
      }
      if (url === `${issuer}/jwks.json`) return Response.json({ keys: made.keys }, { headers });
      return new Response(null, { status: 404 });
    },
  };
  return made;
}

export interface World {
  readonly clock: FakeClock;
  readonly verifier: Verifier;
  /** `ok`, or the reason of the refusal. */
  check(token: string): Promise<string>;
}

export function createWorld(from: Issuer, options: Partial<VerifierOptions> = {}): World {
  const clock = createFakeClock(startAt);
  const verifier = createVerifier({ issuer, audience, fetch: from.fetch, clock, ...options });
  return {
    clock,
    verifier,
    async check(token) {
      const verification = await verifier.verifyToken(token);
      return verification.ok ? 'ok' : verification.reason;
    },
  };
}
