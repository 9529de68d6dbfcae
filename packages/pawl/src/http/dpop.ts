import { PawlError } from '../errors.js';
import { proofAddress } from '../request/proof-address.js';
import { proofDetail } from '../request/proof-detail.js';
import type { Call, HttpRequest, HttpResponse } from './exchange.js';
import type { Services } from './services.js';

/**
 * The thumbprint of the key that a call for tokens has proved; null without a proof. The address is that of the issuer, whatever
 * host the request names.
 *
 * @throws PawlError `invalid_dpop_proof`, `use_dpop_nonce`, `store_unavailable`
 * @see [RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449.html#section-5)
 */
export async function provenKey(services: Services, request: HttpRequest): Promise<string | null> {
  const proof = request.header('dpop');
  if (proof === null) return null;
  const { method, path, address } = request;
  const url = proofAddress(services.origin, path);
  if (url === null) throw new PawlError('invalid_dpop_proof', 'proof refused: target', proofDetail('target'));
  const from = address === null ? {} : { address };
  const result = await services.authority.prove({ proof, method, url, ...from });
  if (result.proven) return result.key;
  if (result.reason === 'nonce')
    throw new PawlError('use_dpop_nonce', 'a proof without a nonce of this server');
  throw new PawlError('invalid_dpop_proof', `proof refused: ${result.reason}`, proofDetail(result.reason));
}

/**
 * The thumbprint of the key that a call with an access token has proved, or why it has proved none.
 *
 * @throws PawlError `store_unavailable`
 * @see [RFC 9449 §7](https://www.rfc-editor.org/rfc/rfc9449.html#section-7)
 */
export async function proveToken(
  services: Services,
  call: Call,
  accessToken: string,
): Promise<{ readonly key: string } | { readonly refused: string }> {
  const proof = call.header('dpop');
  if (proof === null) return { refused: 'missing' };
  const { method, path, address = null } = call;
  const url = proofAddress(services.origin, path);
  if (url === null) return { refused: 'target' };
  const from = address === null ? {} : { address };
  const result = await services.authority.prove({ proof, method, url, accessToken, ...from });
  return result.proven ? { key: result.key } : { refused: result.reason };
}

/** The nonce for the next proof of somebody who has sent one. */
export function nonceHeaders(
  services: Services,
  request: Pick<HttpRequest, 'header'>,
): HttpResponse['headers'] {
  const nonce = request.header('dpop') === null ? null : services.authority.dpopNonce();
  return nonce === null ? [] : [['dpop-nonce', nonce]];
}
