import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';

/** What is wrong with an ES256 access token; null when nothing is. */
export function faultOfAccessToken(token: string, publicKey: JsonWebKey, nowSeconds: number): string | null {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const key = createPublicKey({ key: publicKey, format: 'jwk' });
  const isSigned = verify(
    'sha256',
    Buffer.from(`${header}.${claims}`),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  if (!isSigned) return 'its access token is not signed by the published key';
  const { sub, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
    sub?: string;
    exp?: number;
  };
  if (typeof sub !== 'string') return 'its access token names no subject';
  if (typeof exp !== 'number' || exp <= nowSeconds || exp > nowSeconds + 3600) {
    return 'its access token does not expire within the hour';
  }
  return null;
}
