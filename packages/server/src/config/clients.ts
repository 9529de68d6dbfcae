import { createHash } from 'node:crypto';
import { type Policy, policies } from 'pawl/rotation';
import type { ClientRegistration } from 'pawl/http';
import { z } from 'zod';
import { type ClientMetadata, type ClientPolicy, foreignMembers } from './client-metadata.js';
import { type Config, ConfigError } from './config.js';
import { didYouMean } from './nearest.js';
import { policiesOf } from './policies.js';

const methods = ['none', 'client_secret_basic', 'client_secret_post'] as const;

/** Below this a secret could be guessed from its hash. */
const minSecretCharacters = 16;
const maxClients = 10_000;
const maxWindowSeconds = 3600;

export const clientsRule: string = `a JSON list of {"client_id","client_secret","redirect_uris","token_endpoint_auth_method","audiences","access_seconds","policy":{"preset","on_reuse","window_seconds"},"first_party"}, of which only client_id is needed; ids unique, 1 to 200 characters without ":"; secrets of at least ${minSecretCharacters} characters, one or a list; other members of RFC 7591 are passed over`;

const secret = z
  .string()
  .min(minSecretCharacters)
  .max(1024)
  .describe(`a text of ${minSecretCharacters} to 1024 characters, or a list of such`);

/** Each member, and what it must be. */
const members = {
  // RFC 7617 §2: a colon ends the user-id of HTTP Basic.
  client_id: z
    .string()
    .regex(/^[\x21-\x39\x3b-\x7e]{1,200}$/)
    .describe('1 to 200 visible ASCII characters without ":"'),
  client_secret: z
    .union([secret, z.array(secret).min(1).max(5)])
    .optional()
    .describe(`a text of ${minSecretCharacters} to 1024 characters, or a list of up to 5 such texts`),
  redirect_uris: z
    .array(z.string().refine((uri) => URL.canParse(uri) && !uri.includes('#')))
    .optional()
    .describe('a list of addresses without a fragment'),
  token_endpoint_auth_method: z.enum(methods).optional().describe(methods.join(', ')),
  audiences: z.array(z.string().min(1)).min(1).optional().describe('a list of texts'),
  access_seconds: z.int().min(10).max(86_400).optional().describe('a whole number from 10 to 86400'),
  policy: z
    .strictObject({
      preset: z.enum(['strict', 'balanced', 'resilient']).optional(),
      on_reuse: z.enum(['subject', 'session']).optional(),
      window_seconds: z.int().min(0).max(maxWindowSeconds).optional(),
    })
    .optional()
    .describe(
      `an object of preset (strict, balanced, resilient), on_reuse (subject, session) and window_seconds (0 to ${maxWindowSeconds})`,
    ),
  first_party: z.boolean().optional().describe('true or false'),
} as const;

const known: readonly string[] = Object.keys(members);

export const clientsSchema: z.ZodType<readonly ClientMetadata[]> = z
  .union([z.string().transform(parseJson), z.array(z.unknown())])
  .pipe(z.array(z.unknown()).max(maxClients))
  .transform((clients, context) => {
    const read: ClientMetadata[] = [];
    const ids = new Set<string>();
    for (const [index, client] of clients.entries()) {
      const problem =
        problemOf(client) ?? (ids.has(idOf(client)) ? 'its client_id stands twice in the list' : null);
      if (problem !== null) {
        const message = `client ${index + 1}${nameOf(client)}: ${problem}`;
        context.addIssue({ code: 'custom', message, params: { isShown: true } });
        return z.NEVER;
      }
      ids.add(idOf(client));
      read.push(client as ClientMetadata);
    }
    return read;
  });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function idOf(client: unknown): string {
  return (client as ClientMetadata).client_id;
}

/** The id of a client for an error, when it looks like one. */
function nameOf(client: unknown): string {
  const id = typeof client === 'object' && client !== null && 'client_id' in client ? client.client_id : null;
  return typeof id === 'string' && /^[\w.:/-]{1,100}$/.test(id) ? ` ("${id}")` : '';
}

/** What is wrong with a registration, without a value of it. */
function problemOf(client: unknown): string | null {
  if (typeof client !== 'object' || client === null || Array.isArray(client)) return 'it must be an object';
  const given = client as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    // RFC 7591 §2.2: a member may carry a language.
    if (!Object.hasOwn(members, name) && !foreignMembers.has(name.replace(/#.*$/, ''))) {
      const shown = /^[\w.-]{1,60}$/.test(name) ? `"${name}"` : 'a member';
      return `${shown} is no member of a registration.${didYouMean(name, known)} The members are ${known.join(', ')}, and those of RFC 7591`;
    }
  }
  for (const [name, schema] of Object.entries(members)) {
    if (!schema.safeParse(given[name]).success) return `"${name}" must be ${schema.description ?? ''}`;
  }
  return problemTogether(given as unknown as ClientMetadata);
}

function problemTogether(client: ClientMetadata): string | null {
  const { client_secret: secrets, token_endpoint_auth_method: method, first_party: isOwn = false } = client;
  if (method === 'none' && secrets !== undefined) {
    return '"token_endpoint_auth_method" is none, so "client_secret" must be left out';
  }
  if (method !== undefined && method !== 'none' && secrets === undefined) {
    return `"token_endpoint_auth_method" is ${method}, so "client_secret" must be given`;
  }
  return client.policy?.on_reuse === 'subject' && !isOwn
    ? '"policy.on_reuse" may be subject only with "first_party": true, because it ends the sessions of other applications'
    : null;
}

/**
 * Checks clients against the lifetime of access tokens.
 *
 * @throws ConfigError naming the client and the option
 */
export function checkClients(config: Pick<Config, 'clients' | 'accessSeconds'>): void {
  const { accessSeconds } = config;
  for (const { client_id: id, access_seconds: own = accessSeconds, policy } of config.clients?.reveal() ??
    []) {
    if (own > accessSeconds) {
      throw new ConfigError(
        `PAWL_CLIENTS: client "${id}": "access_seconds" is ${own}; the rule is: at most PAWL_ACCESS_SECONDS, which is ${accessSeconds}.`,
      );
    }
    // Each lifetime is shortened by up to 5 %.
    const shortest = Math.floor(own * 0.95);
    if ((policy?.window_seconds ?? 0) >= shortest && policy?.window_seconds !== undefined) {
      throw new ConfigError(
        `PAWL_CLIENTS: client "${id}": "policy.window_seconds" is ${policy.window_seconds}; the rule is: below the shortest lifetime of its access tokens, ${shortest}.`,
      );
    }
  }
}

/** The clients as the handler takes them. */
export function registrationsOf(config: Config): readonly ClientRegistration[] {
  return (config.clients?.reveal() ?? []).map((client) => registrationOf(config, client));
}

function registrationOf(config: Config, client: ClientMetadata): ClientRegistration {
  const {
    client_secret: secrets,
    token_endpoint_auth_method: tokenEndpointAuthMethod,
    redirect_uris: redirectUris,
    audiences,
    access_seconds: accessSeconds,
    policy,
    first_party: firstParty = false,
  } = client;
  return {
    id: client.client_id,
    ...(secrets === undefined ? {} : { secretHash: [secrets].flat().map(hashOf) }),
    ...(tokenEndpointAuthMethod === undefined ? {} : { tokenEndpointAuthMethod }),
    ...(redirectUris === undefined ? {} : { redirectUris }),
    ...(audiences === undefined ? {} : { audiences }),
    ...(accessSeconds === undefined ? {} : { accessSeconds }),
    ...(policy === undefined ? {} : { policy: policyOf(config, policy) }),
    firstParty,
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** A stolen token of one application ends its session, unless its registration says more. */
function policyOf(
  config: Config,
  { preset, on_reuse: onReuse, window_seconds: windowSeconds }: ClientPolicy,
): Policy {
  const base = preset === undefined ? policiesOf(config).policy : policies[preset];
  return {
    ...base,
    onReuse: onReuse ?? 'session',
    ...(windowSeconds === undefined ? {} : { windowSeconds }),
  };
}
