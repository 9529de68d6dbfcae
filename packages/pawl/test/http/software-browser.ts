import { generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';

/** A key as a browser keeps it, and the proofs that it makes. */
export interface BrowserKeyPair {
  readonly jwk: JsonWebKey;
  /** The value of `Secure-Session-Response` at registration; members replace those of the header. */
  registration(challenge: string, header?: object, claims?: object): string;
  /** The same at a refresh. */
  refresh(challenge: string, header?: object, claims?: object): string;
}

/** A new key. */
export function createBrowserKey(algorithm: 'ES256' | 'RS256' = 'ES256'): BrowserKeyPair {
  const { publicKey, privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = publicKey.export({ format: 'jwk' });
  const proof = (header: object, claims: object) => compactJws(privateKey, header, claims);
  return {
    jwk,
    registration: (jti, header = {}, claims = {}) =>
      proof({ alg: algorithm, typ: 'dbsc+jwt', jwk, ...header }, { jti, ...claims }),
    refresh: (jti, header = {}, claims = {}) =>
      proof({ alg: algorithm, typ: 'dbsc+jwt', ...header }, { jti, ...claims }),
  };
}

function compactJws(key: KeyObject, header: object, claims: object): string {
  const input = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
