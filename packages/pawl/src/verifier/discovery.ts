import { type Fetch, fetchJson } from './fetch-json.js';

/**
 * The addresses at which the metadata of an issuer may be: where RFC 8414 §3.1 says, and for an issuer with a path also below that
 * path, because an application mounted there does not own the root.
 */
function metadataAddresses(issuer: string): readonly string[] {
  const document = '/.well-known/oauth-authorization-server';
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return path === '' ? [origin + document] : [origin + document + path, origin + path + document];
}

/**
 * Asks the issuer where its keys are.
 *
 * @returns the address of the key set
 * @throws Error when nobody answers, or when the answer is of another issuer or names an address that is less protected than the issuer
 * @see [RFC 8414 §3.3](https://www.rfc-editor.org/rfc/rfc8414.html#section-3.3)
 */
export async function discoverJwksAddress(fetch: Fetch, issuer: string): Promise<string> {
  const addresses = metadataAddresses(issuer);
  for (const address of addresses) {
    const document = await fetchJson(fetch, address, false);
    if (document === null) continue;
    const { issuer: named, jwks_uri: jwksAddress } = document.value;
    if (named !== issuer) throw new Error(`${address} is the metadata of another issuer`);
    if (typeof jwksAddress !== 'string' || !isProtectedLike(jwksAddress, issuer)) {
      throw new Error(`${address} names no usable jwks_uri`);
    }
    return jwksAddress;
  }
  throw new Error(`there is no metadata at ${addresses.join(' or ')}`);
}

/** Plain http is accepted only where the issuer itself was accepted with it. */
function isProtectedLike(address: string, issuer: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && url.origin === new URL(issuer).origin);
}
