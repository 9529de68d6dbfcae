/** A key of WebCrypto, by the shape that both browsers and Node give it. */
export type KeyHandle = Parameters<typeof crypto.subtle.sign>[1];

/** A private EC key in JSON. */
export interface PrivateJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

/** The key that a session belongs to. */
export interface ProofKey {
  readonly publicJwk: Omit<PrivateJwk, 'd'>;
  /** A handle that cannot be exported, or the key itself where the storage holds text only. */
  readonly privateKey: KeyHandle | PrivateJwk;
}

/** What a proof speaks about. */
export interface ProvenCall {
  readonly method: string;
  readonly url: string;
  /** Epoch seconds. */
  readonly issuedAt: number;
  readonly accessToken?: string | null;
  readonly nonce?: string | undefined;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** @param asHandle - whether the private key stays inside WebCrypto for good */
export async function createProofKey(asHandle: boolean): Promise<ProofKey> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, !asHandle, ['sign']);
  const exported = async (key: KeyHandle): Promise<PrivateJwk> =>
    (await crypto.subtle.exportKey('jwk', key)) as PrivateJwk;
  const { kty, crv, x, y } = await exported(publicKey);
  const publicJwk = { kty, crv, x, y };
  if (asHandle) return { publicJwk, privateKey };
  return { publicJwk, privateKey: { ...publicJwk, d: (await exported(privateKey)).d } };
}

/**
 * A DPoP proof for one call.
 *
 * @see [RFC 9449 §4.2](https://www.rfc-editor.org/rfc/rfc9449.html#section-4.2)
 */
export async function createProof({ publicJwk, privateKey }: ProofKey, call: ProvenCall): Promise<string> {
  const { method, url, issuedAt, accessToken, nonce } = call;
  const head = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk };
  const claims = {
    jti: base64url(crypto.getRandomValues(new Uint8Array(16))),
    htm: method,
    htu: url.replace(/[?#].*/s, ''),
    iat: Math.floor(issuedAt),
    ...(accessToken ? { ath: base64url(await crypto.subtle.digest('SHA-256', utf8(accessToken))) } : {}),
    ...(nonce === undefined ? {} : { nonce }),
  };
  const signed = `${segment(head)}.${segment(claims)}`;
  const handle =
    'd' in privateKey
      ? await crypto.subtle.importKey('jwk', { ...privateKey }, algorithm, false, ['sign'])
      : privateKey;
  return `${signed}.${base64url(await crypto.subtle.sign(algorithm, handle, utf8(signed)))}`;
}

function segment(value: object): string {
  return base64url(utf8(JSON.stringify(value)));
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function base64url(bytes: ArrayBuffer | Uint8Array): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
