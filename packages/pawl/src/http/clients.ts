import type { ClientLimits } from '../authority/refresh.js';
import { firstPartyClientId } from '../authority/client-id.js';
import { type PolicyOption, resolvePolicy } from '../authority/options.js';
import { PawlError } from '../errors.js';
import { hasMembers, invalid, kindOf } from '../option-checks.js';

/** How a client shows its secret at the token endpoint (RFC 7591 §2). */
export type TokenEndpointAuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post';

/** What is registered of a client or a resource server. */
export interface ClientRegistration {
  readonly id: string;
  /**
   * SHA-256 of its secret, base64url; several while one takes the place of another. The secret must be random, at least 128 bits: it is not stretched.
   * Absent for a public client.
   */
  readonly secretHash?: string | readonly string[];
  /** Default `client_secret_basic` with a secret, `none` without one. A client with a secret may show it in either way. */
  readonly tokenEndpointAuthMethod?: TokenEndpointAuthMethod;
  /** Where an authorization server may send browsers back to. Default: nowhere. */
  readonly redirectUris?: readonly string[];
  /** The audiences whose tokens it may introspect, besides its own tokens. Default: those of the authority. */
  readonly audiences?: readonly string[];
  /** Lifetime of its access tokens; at most that of the authority, which is the default. */
  readonly accessSeconds?: number;
  /** The rotation policy of its sessions. Default: that of the authority. */
  readonly policy?: PolicyOption;
  /** Whether it is an application of the own: its sessions open what is for users themselves. Default false. */
  readonly firstParty?: boolean;
}

/** Finds a client by its id; null when there is none. A rejection means "not now": 503. */
export type FindClient = (id: string) => ClientRegistration | null | Promise<ClientRegistration | null>;

/** The clients of a handler. */
export interface Clients {
  find: FindClient;
  /** The client that a call which names none is of. */
  readonly firstParty: ClientRegistration;
  /** Whether sessions of a client are of the own applications. */
  isFirstParty(clientId: string): boolean | Promise<boolean>;
}

/** The client of sessions that were started without one, unless a list registers it with a secret. */
const publicFirstParty: ClientRegistration = { id: firstPartyClientId, firstParty: true };

/** The clients of a checked list, or of a function. */
export function createClients(
  clients: readonly ClientRegistration[] | FindClient,
  accessSeconds: number,
): Clients {
  const find = typeof clients === 'function' ? findBy(clients, accessSeconds) : findIn(clients);
  const listed =
    typeof clients === 'function' ? undefined : clients.find(({ id }) => id === firstPartyClientId);
  const firstParty = listed ?? publicFirstParty;
  return {
    firstParty,
    find: (id) => (id === firstPartyClientId ? firstParty : find(id)),
    isFirstParty(clientId) {
      if (clientId === firstPartyClientId) return true;
      const found = find(clientId);
      return found instanceof Promise
        ? found.then((client) => client?.firstParty === true)
        : found?.firstParty === true;
    },
  };
}

/** Asks a function of the application, and checks what it answers as a list is checked. */
function findBy(ask: FindClient, accessSeconds: number): FindClient {
  return async (id) => {
    try {
      const found = await ask(id);
      if (found === null) return null;
      checkClients([found], accessSeconds);
      if (found.id !== id) throw invalid('clients', 'found another client than was asked for', 'of that id');
      return found;
    } catch (cause) {
      throw new PawlError('clients_unavailable', 'the function that finds clients failed', { cause });
    }
  };
}

function findIn(clients: readonly ClientRegistration[]): FindClient {
  const byId = new Map(clients.map((client) => [client.id, client]));
  return (id) => byId.get(id) ?? null;
}

/** Whether a client has a secret, so that nobody else may act for it. */
export function isConfidential(client: ClientRegistration | null): boolean {
  return client?.secretHash !== undefined;
}

/** What a registration says of the tokens of its client. */
export function limitsOf(client: ClientRegistration | null): ClientLimits {
  return client?.accessSeconds === undefined ? {} : { accessSeconds: client.accessSeconds };
}

const rule =
  'a list of { id, secretHash, tokenEndpointAuthMethod, redirectUris, audiences, accessSeconds, policy, firstParty }, or a function that finds one by its id';

type Check = (value: unknown) => string | null;

/** What each member must be; null when it is that. */
const members: Readonly<Record<keyof ClientRegistration, Check>> = {
  id: (value) => (typeof value === 'string' && value !== '' ? null : 'a text that names it'),
  secretHash: (value) =>
    isListOf([value].flat(), /^[A-Za-z0-9_-]{43}$/)
      ? null
      : 'the SHA-256 of the secret in base64url, 43 characters',
  tokenEndpointAuthMethod: (value) =>
    ['none', 'client_secret_basic', 'client_secret_post'].includes(String(value))
      ? null
      : 'none, client_secret_basic or client_secret_post',
  redirectUris: (value) =>
    Array.isArray(value) &&
    value.every((uri) => typeof uri === 'string' && URL.canParse(uri) && !uri.includes('#'))
      ? null
      : 'a list of addresses without a fragment',
  audiences: (value) => (isListOf(value, /./) ? null : 'a list of texts'),
  accessSeconds: (value) =>
    Number.isSafeInteger(value) && Number(value) >= 1 ? null : 'a whole number of seconds',
  policy: (value) =>
    typeof value === 'string' || (typeof value === 'object' && value !== null)
      ? null
      : 'a policy, see PolicyOption',
  firstParty: (value) => (typeof value === 'boolean' ? null : 'true or false'),
};

function isListOf(value: unknown, form: RegExp): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((text) => typeof text === 'string' && form.test(text))
  );
}

/**
 * Checks the option `clients`.
 *
 * @throws PawlError `option_invalid` naming the client and the member
 */
export function checkClients(
  clients: unknown,
  accessSeconds: number,
): readonly ClientRegistration[] | FindClient {
  if (typeof clients === 'function') return clients as FindClient;
  if (!Array.isArray(clients)) throw invalid('clients', `is ${kindOf(clients)}`, rule);
  const ids = new Set<string>();
  for (const client of clients as readonly unknown[]) {
    if (!hasMembers(client, { id: 'string' })) throw invalid('clients', 'contains what has no id', rule);
    const registration = client as ClientRegistration;
    checkMembers(registration);
    checkTogether(registration, accessSeconds);
    if (ids.has(registration.id))
      throw invalid('clients', `contains "${registration.id}" twice`, 'of different ids');
    ids.add(registration.id);
  }
  return clients as readonly ClientRegistration[];
}

function checkMembers(client: ClientRegistration): void {
  for (const [name, value] of Object.entries(client) as readonly [string, unknown][]) {
    if (!Object.hasOwn(members, name)) {
      throw invalid('clients', `contains "${client.id}" with the member "${name}"`, rule);
    }
    const wanted = value === undefined ? null : members[name as keyof ClientRegistration](value);
    if (wanted !== null) throw invalid(`clients.${name}`, `of "${client.id}" is something else`, wanted);
  }
}

function checkTogether(client: ClientRegistration, accessSeconds: number): void {
  const { id, secretHash, tokenEndpointAuthMethod: method } = client;
  if (method !== undefined && (method === 'none') !== (secretHash === undefined)) {
    const wanted = method === 'none' ? 'left out together with secretHash' : 'given together with secretHash';
    throw invalid('clients.tokenEndpointAuthMethod', `of "${id}" is ${method}`, wanted);
  }
  const policy = client.policy === undefined ? null : resolvePolicy('policy', client.policy, accessSeconds);
  if (policy?.onReuse === 'subject' && client.firstParty !== true) {
    const wanted = 'session, because it would end the sessions of other applications; or firstParty true';
    throw invalid('clients.policy.onReuse', `of "${id}" is subject`, wanted);
  }
  // The revocation feed forgets an end after the longest lifetime that it knows of.
  if ((client.accessSeconds ?? 0) > accessSeconds) {
    const wanted = `at most accessSeconds of the authority, ${String(accessSeconds)}`;
    throw invalid('clients.accessSeconds', `of "${id}" is ${String(client.accessSeconds)}`, wanted);
  }
}
