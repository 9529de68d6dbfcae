import { createHash } from 'node:crypto';
import { equalText } from '../base/bytes.js';
import { PawlError } from '../errors.js';
import { readCredentials } from '../request/credentials.js';
import type { HttpRequest } from './exchange.js';
import { malformed, one, type Parameters, type ParameterSpec } from './parameters.js';

/** A confidential client or resource server. */
export interface ClientRegistration {
  readonly id: string;
  /** SHA-256 of its secret, base64url. The secret must be random, at least 128 bits: it is not stretched. */
  readonly secretHash: string;
}

/** `authenticated`: the client has shown its secret. */
export interface PresentedClient {
  readonly id: string;
  readonly authenticated: boolean;
}

/** The parameters that a form may name a client with. */
export const clientParameters: Readonly<Record<'client_id' | 'client_secret', ParameterSpec>> = {
  client_id: one('The client, where the request names it without HTTP Basic.'),
  client_secret: one('Its secret, where it does not come with HTTP Basic.'),
};

/** What a request says of its client. */
type Named = { readonly id: string | null; readonly secret: string | null };

/**
 * Reads and checks who the client is: HTTP Basic, or `client_id` with or without `client_secret` in the form. Null when the request
 * names none.
 *
 * @param form - null where a route takes none
 * @throws PawlError `invalid_client` for a wrong secret, an unknown client with a secret, and a registered one without; `invalid_request` for
 * credentials in two places
 * @see [RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749.html#section-2.3)
 */
export function presentedClient(
  clients: readonly ClientRegistration[],
  request: HttpRequest,
  form: Parameters<'client_id' | 'client_secret'> | null,
): PresentedClient | null {
  const { id, secret } = namedClient(request, form);
  if (id === null) {
    if (secret !== null) throw refused();
    return null;
  }
  const registered = clients.find((client) => client.id === id);
  if (secret === null) {
    if (registered !== undefined) throw refused();
    return { id, authenticated: false };
  }
  const secretHash = createHash('sha256').update(secret).digest('base64url');
  if (registered === undefined || !equalText(registered.secretHash, secretHash)) throw refused();
  return { id, authenticated: true };
}

/**
 * The client that has authenticated, for routes that answer nobody else.
 *
 * @throws PawlError `invalid_client`, `invalid_request` as {@link presentedClient}
 */
export function requireClient(
  clients: readonly ClientRegistration[],
  request: HttpRequest,
  form: Parameters<'client_id' | 'client_secret'> | null,
): PresentedClient {
  const client = presentedClient(clients, request, form);
  if (client?.authenticated === true) return client;
  throw new PawlError('invalid_client', 'a call without client credentials');
}

function namedClient(request: HttpRequest, form: Parameters<'client_id' | 'client_secret'> | null): Named {
  const credentials = readCredentials(request);
  if (credentials.kind === 'several') {
    throw malformed('The request holds more than one access token or credential.');
  }
  const named = { id: form?.optional('client_id') ?? null, secret: form?.optional('client_secret') ?? null };
  if (credentials.kind !== 'basic') return named;
  const basic = decodeBasic(credentials.encoded);
  if (named.secret !== null || (named.id !== null && named.id !== basic.id)) {
    throw malformed('The client must authenticate with HTTP Basic or in the form, not with both.');
  }
  return basic;
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

function decodeBasic(encoded: string): { readonly id: string; readonly secret: string } {
  // Decoding skips what is no base64, and ends at padding: of two credentials it would read the first.
  if (!base64.test(encoded)) throw refused();
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const at = text.indexOf(':');
  if (at === -1) throw refused();
  return { id: formDecode(text.slice(0, at)), secret: formDecode(text.slice(at + 1)) };
}

function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw refused();
  }
}

function refused(): PawlError {
  return new PawlError('invalid_client', 'client authentication failed');
}
