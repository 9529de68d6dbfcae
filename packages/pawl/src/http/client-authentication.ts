import { createHash } from 'node:crypto';
import { equalText } from '../base/bytes.js';
import { PawlError } from '../errors.js';
import type { HttpRequest } from './exchange.js';
import type { Parameters } from './parameters.js';

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

/**
 * Reads and checks who the client is: HTTP Basic, or `client_id` with or without `client_secret` in the form. Null when the request
 * names none.
 *
 * @throws PawlError `invalid_client` for a wrong secret, an unknown client with a secret, and a registered one without
 * @see [RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749.html#section-2.3)
 */
export function presentedClient(
  clients: readonly ClientRegistration[],
  request: HttpRequest,
  parameters: Parameters,
): PresentedClient | null {
  const { id, secret } = readBasic(request) ?? {
    id: parameters.optional('client_id'),
    secret: parameters.optional('client_secret'),
  };
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

function readBasic(request: HttpRequest): { readonly id: string; readonly secret: string } | null {
  const header = request.header('authorization');
  if (header === null || !/^basic /i.test(header)) return null;
  const text = Buffer.from(header.slice('basic '.length).trim(), 'base64').toString('utf8');
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
