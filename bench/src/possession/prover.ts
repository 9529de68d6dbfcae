import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto';

/** Holds a key, as a client does. */
export interface Prover {
  /** RFC 7638 thumbprint of the public key. */
  readonly thumbprint: string;
  /** A DPoP proof for one call, RFC 9449 §4.2. */
  prove(call: ProvenCall): string;
}

export interface ProvenCall {
  readonly method: string;
  readonly url: string;
  /** Epoch seconds. */
  readonly issuedAt: number;
  readonly accessToken?: string;
}

/** A P-256 key of its own. */
export function createProver(): Prover {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
  const jwk = { crv, kty, x, y };
  return {
    thumbprint: sha256(JSON.stringify(jwk)),
    prove({ method, url, issuedAt, accessToken }) {
      const claims = {
        jti: randomBytes(16).toString('base64url'),
        htm: method,
        htu: url,
        iat: Math.floor(issuedAt),
        ...(accessToken === undefined ? {} : { ath: sha256(accessToken) }),
      };
      const input = `${segment({ typ: 'dpop+jwt', alg: 'ES256', jwk })}.${segment(claims)}`;
      return `${input}.${signed(input, privateKey).toString('base64url')}`;
    },
  };
}

/** One ES256 verification of node:crypto, of a signature over as much as a proof. */
export function createRawCheck(): () => void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const input = randomBytes(360).toString('base64url');
  const signature = signed(input, privateKey);
  const bytes = Buffer.from(input);
  return () => {
    if (!verify('sha256', bytes, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)) {
      throw new Error('node:crypto refused its own signature');
    }
  };
}

function signed(input: string, key: KeyObject): Buffer {
  return sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
}

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
