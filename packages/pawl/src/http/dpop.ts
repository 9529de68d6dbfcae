import { PawlError } from '../errors.js';
import { maxProofAgeSeconds, maxProofLeadSeconds } from '../proof/index.js';
import type { HttpRequest, HttpResponse } from './exchange.js';
import type { Services } from './handler.js';

/** What a client is told of a refused proof, where it can do something about it. Every other reason is a mistake of its code. */
const details: Readonly<Partial<Record<string, string>>> = {
  time: `The DPoP proof must be at most ${String(maxProofAgeSeconds)} seconds old and ${String(maxProofLeadSeconds)} seconds ahead by the clock of this server, see Date.`,
  target: 'The DPoP proof is for another method or address.',
  token: 'The DPoP proof is for another access token.',
  replayed: 'The DPoP proof was shown before; each call needs a new one.',
};

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
  const { method, path } = request;
  const result = await services.authority.prove({ proof, method, url: services.origin + path });
  if (result.proven) return result.key;
  if (result.reason === 'nonce')
    throw new PawlError('use_dpop_nonce', 'a proof without a nonce of this server');
  throw refused('invalid_dpop_proof', result.reason);
}

/**
 * The thumbprint of the key that a call with an access token has proved.
 *
 * @throws PawlError `token_unproven`, `store_unavailable`
 * @see [RFC 9449 §7](https://www.rfc-editor.org/rfc/rfc9449.html#section-7)
 */
export async function provenKeyOfToken(
  services: Services,
  request: HttpRequest,
  accessToken: string,
): Promise<string> {
  const proof = request.header('dpop');
  if (proof === null) throw new PawlError('token_unproven', 'an access token came without its proof');
  const { method, path } = request;
  const result = await services.authority.prove({ proof, method, url: services.origin + path, accessToken });
  if (result.proven) return result.key;
  throw refused('token_unproven', result.reason);
}

function refused(code: 'invalid_dpop_proof' | 'token_unproven', reason: string): PawlError {
  const detail = details[reason];
  return new PawlError(code, `proof refused: ${reason}`, detail === undefined ? {} : { detail });
}

/** The nonce for the next proof of somebody who has sent one. */
export function nonceHeaders(services: Services, request: HttpRequest): HttpResponse['headers'] {
  const nonce = request.header('dpop') === null ? null : services.authority.dpopNonce();
  return nonce === null ? [] : [['dpop-nonce', nonce]];
}
