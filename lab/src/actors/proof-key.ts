import { createECDH, createHash, createPrivateKey, sign } from 'node:crypto';
import type { ProofKey, ProvenCall } from '../modes/mode.js';

/** A P-256 key that makes DPoP proofs (RFC 9449 §4.2). The same bytes make the same key. */
export function createProofKey(bytes: Buffer): ProofKey {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(bytes);
  const point = pair.getPublicKey();
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  const publicJwk = { crv: 'P-256', kty: 'EC', x, y };
  const privateKey = createPrivateKey({
    key: { ...publicJwk, d: bytes.toString('base64url') },
    format: 'jwk',
  });
  let proofs = 0;

  function prove({ method, url, at, accessToken }: ProvenCall): string {
    proofs += 1;
    const claims = {
      jti: String(proofs),
      htm: method,
      htu: url,
      iat: Math.floor(at),
      ...(accessToken === undefined ? {} : { ath: hash(accessToken) }),
    };
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk };
    const input = [header, claims].map(segment).join('.');
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
  }
  return { thumbprint: hash(JSON.stringify(publicJwk)), prove };
}

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
