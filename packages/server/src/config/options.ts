import { Secret } from 'pawl';
import { z } from 'zod';
import { clientsRule, clientsSchema } from './clients.js';
import type { Config, OptionName } from './config.js';
import type { Option } from './option.js';
import { httpUrl, listOf, network, origin, wholeNumber, yesOrNo } from './schemas.js';
import { sessionOptions } from './session-options.js';
import { holdsStorePassword, storeRule, storeSchema } from './store-location.js';
import { webhooksRule, webhooksSchema } from './webhooks.js';

const host = z.string().regex(/^[A-Za-z0-9.:_-]{1,255}$/);
const hostRule = 'an IP address or a host name';
const port = wholeNumber(0, 65_535);
const portRule = 'a whole number from 0 to 65535; 0 takes a free port';

/** The options, in the order in which they are documented. */
export const options: { readonly [Name in OptionName]: Option<Config[Name]> } = {
  host: {
    schema: host,
    rule: hostRule,
    default: '127.0.0.1',
    description: 'Address to listen on. Off loopback an https issuer and a master key are required.',
    reason: 'a first start is reachable from this machine only',
  },
  port: {
    schema: port,
    rule: portRule,
    default: 3000,
    description: 'Port to listen on.',
    reason: 'needs no privilege',
  },
  operationsPort: {
    schema: port,
    rule: portRule,
    default: null,
    defaultText: 'none',
    description:
      'Port for `/healthz`, `/readyz` and `/metrics` alone, at the root, over http; they are then 404 on `port`. See [health and metrics](#health-and-metrics).',
    reason: 'without it they are answered on `port`, below the path of the issuer',
  },
  operationsHost: {
    schema: host,
    rule: hostRule,
    default: null,
    defaultText: 'HOST',
    description: 'Address to listen on for `operationsPort`.',
    reason: 'whoever reaches the server may reach them, unless told otherwise',
  },
  issuer: {
    schema: httpUrl,
    rule: 'an http or https URL without user, query and fragment',
    default: null,
    defaultText: 'http://HOST:PORT',
    description: 'The `iss` of every token, and the base of the addresses in the metadata documents.',
    reason: 'works on loopback; elsewhere it has to be named',
  },
  allowInsecureIssuer: {
    schema: yesOrNo,
    rule: 'true or false',
    default: false,
    description: 'Allows an http issuer off loopback: tokens then cross the network in clear.',
    reason: 'whoever reads the network would hold the tokens',
  },
  audience: {
    schema: listOf(z.string().min(1)),
    rule: 'a list of texts, separated by commas',
    default: [],
    defaultText: 'the issuer',
    description: 'The `aud` of every access token.',
    reason: 'one service needs no second name',
  },
  data: {
    schema: z.string().regex(/^[^\0]{1,4096}$/),
    rule: 'a path',
    default: './data',
    description: 'Folder for local files: the database and a generated master key. Created with mode 0700.',
    reason: 'beside where the server is started',
  },
  store: {
    schema: storeSchema,
    rule: storeRule,
    default: null,
    defaultText: 'sqlite:DATA/pawl.sqlite',
    holdsPassword: holdsStorePassword,
    description:
      'Where sessions, accounts, keys and the event log live; see [stores](stores.md). `memory:` ends with the process. With a password it is no flag.',
    reason: 'durable with nothing else to run',
  },
  storeDeadlineSeconds: {
    schema: wholeNumber(1, 60),
    rule: 'a whole number from 1 to 60',
    default: 2,
    description: 'Redis, PostgreSQL: how long a call waits for the store before it is answered with 503.',
    reason: 'longer than a hiccup, shorter than a user waits',
  },
  storeReplicas: {
    schema: wholeNumber(0, 10),
    rule: 'a whole number from 0 to 10',
    default: 0,
    description:
      'Redis: replicas that must have confirmed a login, a revocation, a user or a key before it is answered; fewer answer 503.',
    reason: 'most installations begin without replicas',
  },
  postgresConnections: {
    schema: wholeNumber(1, 1000),
    rule: 'a whole number from 1 to 1000',
    default: 10,
    description: 'PostgreSQL: connections of this process at most.',
    reason: 'what one process keeps busy; a server allows 100 by default',
  },
  postgresRotationsSynced: {
    schema: yesOrNo,
    rule: 'true or false',
    default: true,
    description:
      'PostgreSQL: whether a refresh waits for its commit to be on disk. With false a crash of the database may lose the last ones, which heal; logins and revocations wait either way.',
    reason: 'nothing is lost that need not be',
  },
  postgresNamedStatements: {
    schema: yesOrNo,
    rule: 'true or false',
    default: true,
    description:
      'PostgreSQL: whether connections keep parsed statements. False for a pgbouncer that does not.',
    reason: 'parsing costs the database more than the statement of a refresh',
  },
  masterKey: {
    schema: z
      .string()
      .min(1)
      .transform((text) => new Secret(text)),
    rule: '32 bytes in base64url or hexadecimal',
    default: null,
    defaultText: 'DATA/master.key on loopback',
    secret: true,
    description: 'Encrypts the private parts of the key ring at rest. Losing it ends every session.',
    reason:
      'generated with mode 0600 for local use; elsewhere it belongs beside the other secrets of the deployment',
  },
  previousMasterKeys: {
    schema: listOf(z.string().min(1)).transform((list) => new Secret(list)),
    rule: 'a list of master keys, separated by commas',
    default: null,
    defaultText: 'none',
    secret: true,
    description: 'Master keys that still open the ring while it is rewrapped under `masterKey`.',
    reason: 'needed only while the master key is being changed',
  },
  ...sessionOptions,
  deviceBoundSessions: {
    schema: yesOrNo,
    rule: 'true or false',
    default: true,
    description:
      'Offers browsers to bind their sessions by cookie to a key (DBSC); with an https issuer and `accessSeconds` from 300. See [possession](possession.md).',
    reason: 'a browser that does not know it goes on by rotation',
  },
  requireDpopNonce: {
    schema: yesOrNo,
    rule: 'true or false',
    default: false,
    description:
      'Whether DPoP proofs at `/login`, `/refresh` and `/token` must carry a nonce of this server. See [possession](possession.md).',
    reason:
      'proofs made ahead get tokens that only further proofs can use, and a nonce costs each client a request',
  },
  clientKeyChange: {
    schema: z.enum(['authenticated', 'never']),
    rule: 'authenticated or never',
    default: 'authenticated',
    description:
      'Who may refresh a bound session with another key: a client that has shown its secret, or nobody.',
    reason: 'the secret ties the session to such a client already, and its processes may have a key each',
  },
  allowedOrigins: {
    schema: listOf(origin),
    rule: 'a list of origins such as https://app.example, separated by commas',
    default: [],
    defaultText: 'none',
    description: 'Origins of browser applications that may call from elsewhere, with tokens in the body.',
    reason: 'pages of other origins have no business here unless named',
  },
  clients: {
    schema: clientsSchema.transform((clients) => new Secret(clients)),
    rule: clientsRule,
    default: null,
    defaultText: 'none',
    secret: true,
    description:
      'Applications and resource servers. Those with a secret may call `/introspect` and follow `/revocations`.',
    reason: 'nobody but the own pages has business here unless named',
  },
  webhooks: {
    schema: webhooksSchema.transform((webhooks) => new Secret(webhooks)),
    rule: webhooksRule,
    default: null,
    defaultText: 'none',
    secret: true,
    description: 'Who is told of events; see [webhooks](webhooks.md).',
    reason: 'events name users, so nobody is told unless named',
  },
  accountPages: {
    schema: yesOrNo,
    rule: 'true or false',
    default: true,
    description:
      'Pages at `/account` where a user logs in, sees where else, and ends sessions; see [account pages](#account-pages).',
    reason: 'who suspects a thief should be able to look',
  },
  trustedProxies: {
    schema: listOf(network),
    rule: 'a list of IP addresses or networks (10.0.0.0/8), separated by commas',
    default: [],
    defaultText: 'none',
    description: "Proxies whose `X-Forwarded-For` names the caller's address.",
    reason: 'anybody can send that header',
  },
  logLevel: {
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    rule: 'debug, info, warn, error or silent',
    default: 'info',
    description: 'Lowest level that is logged, to standard error.',
    reason: 'one line for each event',
  },
  logFormat: {
    schema: z.enum(['auto', 'json', 'text']),
    rule: 'auto, json or text',
    default: 'auto',
    description: 'Form of a log line; `auto` is text on a terminal and JSON elsewhere.',
    reason: 'people read terminals, programs read pipes',
  },
  shutdownSeconds: {
    schema: wholeNumber(0, 3600),
    rule: 'a whole number from 0 to 3600',
    default: 10,
    description: 'How long requests in flight may finish after SIGTERM or SIGINT.',
    reason: 'the usual grace period of a supervisor is longer',
  },
};

/** Whether the value can also be given as the path of a file that holds it. */
export function isAlsoInFile(name: OptionName): boolean {
  return options[name].secret === true || options[name].holdsPassword !== undefined;
}

// Object.keys is typed as text; the table has exactly these keys.
export const optionNames: readonly OptionName[] = Object.keys(options) as OptionName[];

const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `windowSeconds` → `window-seconds`, without the dashes in front. */
export function flagOf(name: string): string {
  return words(name);
}

/** `windowSeconds` → `PAWL_WINDOW_SECONDS`. */
export function variableOf(name: string): string {
  return `PAWL_${words(name).replaceAll('-', '_').toUpperCase()}`;
}
