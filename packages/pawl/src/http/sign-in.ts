import { refuseUnknown } from '../option-checks.js';
import { type IncomingRequest, incomingOf, splitTarget } from '../request/incoming.js';
import { nonceHeaders, provenKey } from './dpop.js';
import type { ClientAddress, HttpRequest } from './exchange.js';
import { malformed } from './parameters.js';
import { requireSameOrigin } from './require-same-origin.js';
import type { Services } from './services.js';
import { type Authenticated, authenticatedOf, loginHeaders, startSession } from './start-session.js';
import {
  loginBody,
  type SessionTokenBody,
  type TokenBody,
  type TransportBody,
  transportBody,
} from './token-body.js';

/** Who was authenticated, by whatever means, and how the tokens shall come. */
export interface SignIn extends Authenticated {
  /** What the owner will recognise the device by. Kept without what cannot be shown, and cut to 200 characters. */
  readonly device?: string;
  /** Default `body`. */
  readonly transport?: 'body' | 'cookie';
  /** Whether the login shall outlive the browser, as of `POST /login`. Default true. */
  readonly remember?: boolean;
  /** The caller's address, where the request does not say it: a web-standard one has none. */
  readonly address?: string;
  /**
   * Sets cookies although the request came from another site, as the callback of a social login does. Only where you have made sure that this browser began
   * the login, as `state` in a cookie of yours does: otherwise every site can log its visitors in as somebody else. Default false.
   */
  readonly dangerouslyAllowCrossSite?: boolean;
}

/** What `POST /login` would have answered, to go with an answer of your own. */
export interface SignedIn {
  readonly sessionId: string;
  /** Of the answer: the cookies, and the offer to bind the session. Append each, because a name may occur more than once. */
  readonly headers: Headers;
  /** As of `POST /login`: the tokens, or what is said of tokens in cookies. */
  readonly body: TokenBody | SessionTokenBody | TransportBody;
}

const known: ReadonlySet<string> = new Set<keyof SignIn>([
  'subject',
  'amr',
  'acr',
  'scope',
  'epoch',
  'idleSeconds',
  'absoluteSeconds',
  'device',
  'transport',
  'remember',
  'address',
  'dangerouslyAllowCrossSite',
]);

/** @throws PawlError as {@link Handler.signIn} says */
export async function signIn(
  services: Services,
  incoming: IncomingRequest,
  login: SignIn,
  clientAddress: ClientAddress,
): Promise<SignedIn> {
  refuseUnknown(login, known);
  const { device = null } = login;
  const { transport, remember, crossSite } = choicesOf(login);
  const request = requestOf(incoming, login.address ?? null, clientAddress);
  if (transport === 'cookie' && !crossSite) requireSameOrigin(request, services.origin);
  const key = await provenKey(services, request);
  const authenticated = { ...authenticatedOf(login), device, transport, remember, key };
  const tokens = await startSession(services, request, authenticated);
  const headers = new Headers({ 'cache-control': 'no-store' });
  const cookies = transport === 'cookie' ? loginHeaders(services, tokens, { remember, key }) : [];
  for (const [name, value] of [...nonceHeaders(services, request), ...cookies]) headers.append(name, value);
  const body = transport === 'cookie' ? transportBody(tokens) : loginBody(tokens);
  return { sessionId: tokens.sessionId, headers, body };
}

function choicesOf({ transport = 'body', remember = true, dangerouslyAllowCrossSite = false }: SignIn): {
  readonly transport: 'body' | 'cookie';
  readonly remember: boolean;
  readonly crossSite: boolean;
} {
  if (!['body', 'cookie'].includes(transport)) throw malformed('"transport" must be "body" or "cookie".');
  for (const [name, value] of Object.entries({ remember, dangerouslyAllowCrossSite })) {
    if (typeof value !== 'boolean') throw malformed(`"${name}" must be true or false.`);
  }
  return { transport, remember, crossSite: dangerouslyAllowCrossSite };
}

function requestOf(
  incoming: IncomingRequest,
  address: string | null,
  clientAddress: ClientAddress,
): HttpRequest {
  const { method, header, target } = incomingOf(incoming);
  const peer = address ?? peerOf(incoming);
  return {
    method,
    header,
    ...splitTarget(target()),
    address: clientAddress(peer, header('x-forwarded-for')),
    // The application has read it, or does.
    readBody: () => Promise.resolve(''),
  };
}

function peerOf(incoming: IncomingRequest): string | null {
  const socket = 'rawHeaders' in incoming ? incoming.socket : undefined;
  const peer: unknown = socket === undefined ? null : Reflect.get(socket, 'remoteAddress');
  return typeof peer === 'string' ? peer : null;
}
