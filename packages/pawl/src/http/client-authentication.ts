import { createHash } from 'node:crypto';
import { equalText } from '../base/bytes.js';
import { PawlError } from '../errors.js';
import { readCredentials } from '../request/credentials.js';
import { type ClientRegistration, isConfidential } from './clients.js';
import type { HttpRequest } from './exchange.js';
import { malformed, one, type Parameters, type ParameterSpec, severalCredentials } from './parameters.js';
import type { Services } from './services.js';

/** A client that a request names. `authenticated`: it has shown its secret. */
export interface PresentedClient {
  readonly id: string;
  readonly authenticated: boolean;
  /** Null for one that is not registered. */
  readonly registration: ClientRegistration | null;
}

/** The parameters that a form may name a client with. */
export const clientParameters: Readonly<Record<'client_id' | 'client_secret', ParameterSpec>> = {
  client_id: one('The client, where the request names it without HTTP Basic.'),
  client_secret: one('Its secret, where it does not come with HTTP Basic.'),
};

/** What a request says of its client. Of HTTP Basic more than one reading may be meant. */
interface Named {
  readonly ids: readonly string[];
  readonly secrets: readonly string[];
}

/**
 * Reads and checks who the client is: HTTP Basic, or `client_id` with or without `client_secret` in the form. Null when the request
 * names none. An empty secret is none, which some clients send for public ones.
 *
 * @param form - null where a route takes none
 * @throws PawlError `invalid_client` for a wrong secret, an unknown client with a secret, and one with a secret that shows none;
 * `too_many_attempts` for wrong secrets one after the other; `invalid_request` for credentials in two places
 * @see [RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749.html#section-2.3)
 */
export async function presentedClient(
  services: Services,
  request: HttpRequest,
  form: Parameters<'client_id' | 'client_secret'> | null,
): Promise<PresentedClient | null> {
  const { ids, secrets } = namedClient(request, form);
  const [first] = ids;
  if (first === undefined) {
    if (secrets.length > 0) throw refused();
    return null;
  }
  for (const id of ids) {
    const registration = await services.clients.find(id);
    if (secrets.length === 0) {
      if (isConfidential(registration)) throw wrong(services, request, id);
      if (registration !== null || id === ids.at(-1)) return { id, authenticated: false, registration };
    } else if (showsSecret(registration, secrets)) {
      services.secretFailures.forget(keyOf(request, id));
      return { id, authenticated: true, registration };
    }
  }
  throw wrong(services, request, first);
}

/** Compares every secret with every one that may have been meant, in a time that does not depend on what they hold. */
function showsSecret(registration: ClientRegistration | null, secrets: readonly string[]): boolean {
  const registered = registration?.secretHash === undefined ? [] : [registration.secretHash].flat();
  const shown = secrets.map((secret) => createHash('sha256').update(secret).digest('base64url'));
  const matches = registered.flatMap((hash) => shown.map((one) => equalText(hash, one)));
  return matches.includes(true);
}

/** Counts a wrong secret. A right one is never refused, so nobody can keep a client out by sending wrong ones in its name. */
function wrong({ secretFailures }: Services, request: HttpRequest, id: string): PawlError {
  const retryAfterSeconds = secretFailures.add(keyOf(request, id));
  return retryAfterSeconds === null
    ? refused()
    : new PawlError('too_many_attempts', 'wrong client secrets one after the other', { retryAfterSeconds });
}

function keyOf({ address }: HttpRequest, id: string): string {
  return `${address ?? ''} ${id}`;
}

/**
 * The client that has authenticated, for routes that answer nobody else.
 *
 * @throws PawlError `invalid_client`, `too_many_attempts`, `invalid_request` as {@link presentedClient}
 */
export async function requireClient(
  services: Services,
  request: HttpRequest,
  form: Parameters<'client_id' | 'client_secret'> | null,
): Promise<PresentedClient> {
  const client = await presentedClient(services, request, form);
  if (client?.authenticated === true) return client;
  throw new PawlError('invalid_client', 'a call without client credentials');
}

/**
 * Lets pass who may end or look at a session of a client: a session of a client with a secret is that client's alone, one of another client is
 * anybody's who holds a token of it.
 *
 * @param client - who asks; null for nobody
 * @throws PawlError `invalid_client` for nobody in particular, `invalid_grant` for another client
 * @see [RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009.html#section-2.1)
 */
export async function requireOwner(
  services: Services,
  client: PresentedClient | null,
  clientId: string,
): Promise<true> {
  if (client?.id === clientId && client.authenticated) return true;
  if (!isConfidential(await services.clients.find(clientId))) return true;
  if (client?.authenticated !== true) throw refused();
  const detail = 'The token belongs to another client.';
  throw new PawlError('invalid_grant', 'a token of another client', { detail });
}

function namedClient(request: HttpRequest, form: Parameters<'client_id' | 'client_secret'> | null): Named {
  const credentials = readCredentials(request);
  if (credentials.kind === 'several') {
    throw severalCredentials();
  }
  const id = form?.optional('client_id') ?? null;
  const secret = form?.optional('client_secret') ?? null;
  if (credentials.kind !== 'basic') {
    return { ids: id === null ? [] : [id], secrets: secret === null ? [] : [secret] };
  }
  const basic = decodeBasic(credentials.encoded);
  if (secret !== null || (id !== null && !basic.ids.includes(id))) {
    throw malformed('The client must authenticate with HTTP Basic or in the form, not with both.');
  }
  return basic;
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Id and secret of HTTP Basic, decoded as a form as RFC 6749 §2.3.1 says, and as they are: many clients do not encode them, and a `+` or `%` in a
 * secret is then meant.
 */
function decodeBasic(encoded: string): Named {
  // Decoding skips what is no base64, and ends at padding: of two credentials it would read the first.
  if (!base64.test(encoded)) throw refused();
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const at = text.indexOf(':');
  if (at === -1) throw refused();
  const secret = text.slice(at + 1);
  return { ids: readingsOf(text.slice(0, at)), secrets: secret === '' ? [] : readingsOf(secret) };
}

function readingsOf(text: string): readonly string[] {
  try {
    return [...new Set([decodeURIComponent(text.replaceAll('+', ' ')), text])];
  } catch {
    return [text];
  }
}

function refused(): PawlError {
  return new PawlError('invalid_client', 'client authentication failed');
}
