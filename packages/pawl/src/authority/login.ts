import { Secret } from '../base/secret.js';
import { PawlError } from '../errors.js';
import type { Policy } from '../rotation/policy.js';
import { createSessionId } from '../stores/index.js';
import { firstPartyClientId } from './client-id.js';
import type { Context } from './context.js';
import { askClaims } from './custom-claims.js';
import type { HandedOut } from './issue.js';
import { modes } from './modes.js';
import { lifetimesOf } from './lifetimes.js';
import { type Mode, type PolicyOption, type ResolvedOptions, resolvePolicy } from './options.js';
import { hashSecret } from './present.js';
import { endSubject, reportEnded, revokeSession } from './revoke.js';
import { isScope } from './scope.js';
import { deviceText } from './device-text.js';
import { bindingShown, type Transport } from './token-binding.js';

/** One login, after the caller has checked who it is. */
export interface LoginRequest {
  /** 1 to 255 characters. */
  readonly subject: string;
  /** Default `first-party`. */
  readonly clientId?: string;
  /** Whether the client is somebody else's: its sessions are counted apart, and end first. Default false. */
  readonly thirdParty?: boolean;
  /** The rotation policy of the session, instead of the configured one. */
  readonly policy?: PolicyOption;
  /** Space-separated. Default empty. */
  readonly scope?: string;
  readonly amr?: readonly string[];
  readonly acr?: string;
  /** What the owner will recognise the device by. Kept without what cannot be shown, and cut to 200 characters. */
  readonly device?: string;
  /** From where the login came, for the event log; at most 64 characters. */
  readonly address?: string;
  /** Thumbprint (RFC 7638) of a key whose possession the caller has verified; binds the session to it. */
  readonly boundKey?: string;
  /**
   * How tokens travel. By cookie, the access tokens of a bound session carry no `cnf`, because a cookie brings no proof; its refreshes
   * need the key all the same. Default `body`.
   */
  readonly transport?: Transport;
  /**
   * Whether the login shall outlive the browser: false gives an idle end of a day at the latest, and cookies that end with the browser. Default true.
   */
  readonly remember?: boolean;
  /** The session ends when it is not refreshed for this long; at most the option of that name, which is the default. */
  readonly idleSeconds?: number;
  /** The session ends this long after login; at most the option of that name, which is the default. */
  readonly absoluteSeconds?: number;
  /**
   * The subject's epoch as `epochOf` read it before the credentials were checked. When the subject was revoked since, the login is
   * refused: a revocation wins against a login under way. Default: not checked.
   */
  readonly epoch?: number;
}

export type LoginResult<M extends Mode = 'tokens'> =
  | { readonly granted: true; readonly tokens: HandedOut<M> }
  | { readonly granted: false; readonly outcome: 'gone' | 'disabled' | 'revoked' };

/** Of client sessions, for one client and for all. */
const clientSessionLimits = { perClient: 20, clientSessions: 500 } as const;

const secretBytes = 16;
const maxSubjectLength = 255;
// An IPv6 address with a zone.
const maxAddressLength = 64;
const maxClientIdLength = 255;
const maxClassLength = 255;
const maxMethods = 16;

/**
 * Starts a session for a subject whose identity the caller has verified.
 *
 * @throws PawlError `invalid_request` naming a member that breaks its rule, `store_unavailable` (repeating starts another
 * session), `claims_unavailable`
 */
export async function login(context: Context, request: LoginRequest): Promise<LoginResult<Mode>> {
  checkLogin(request);
  const { options, store, events } = context;
  const { subject, clientId = firstPartyClientId, scope = '' } = request;
  const sessionId = createSessionId(subject, options.random);
  const answer = await askClaims(context.claims, { reason: 'login', subject, sessionId, clientId, scope });
  if ('refused' in answer) {
    await endSubject(context, subject, { cause: answer.refused, sessionId: null });
    return { granted: false, outcome: answer.refused };
  }

  const secret = new Secret(options.random.bytes(secretBytes));
  const { idleSeconds, absoluteSeconds } = lifetimesOf(options, request);
  const now = context.now();
  const result = await store.sessions.create({
    session: {
      id: sessionId,
      parentId: null,
      subject,
      clientId,
      scope,
      amr: request.amr ?? [],
      acr: request.acr ?? null,
      device: request.device === undefined ? null : deviceText(request.device),
      secretHash: hashSecret(secret.reveal()),
      binding: bindingShown(request.boundKey, request.transport),
      policy: policyOf(options, request),
      authTime: now,
      createdAt: now,
      expiresAt: now + absoluteSeconds,
      idleSeconds,
      resources: [],
      offline: false,
      thirdParty: request.thirdParty ?? false,
      logoutOwed: false,
    },
    limits: { sessions: options.maxSessionsPerSubject, ...clientSessionLimits },
    witness: null,
    use: null,
    clientCounter: null,
    now,
  });
  if (result.outcome !== 'created') throw new PawlError('internal', `a login was answered ${result.outcome}`);
  const { session, endedIds } = result;
  const { device } = session;
  const binding = session.binding.kind;
  const address = request.address ?? null;
  events.emit({ type: 'session.created', at: now, subject, sessionId, clientId, device, binding, address });
  reportEnded(context, subject, endedIds, { at: now, cause: 'limit' });
  if (request.epoch !== undefined && session.epoch !== request.epoch) {
    // The session began after the revocation and would live; nobody has its tokens yet.
    await revokeSession(context, sessionId);
    return { granted: false, outcome: 'revoked' };
  }
  return { granted: true, tokens: modes[options.mode].handOut(context, session, secret, answer.claims) };
}

function policyOf(options: ResolvedOptions, { policy, transport }: LoginRequest): Policy {
  if (policy !== undefined) return resolvePolicy('policy', policy, options.accessSeconds);
  return transport === 'cookie' ? options.cookiePolicy : options.policy;
}

/**
 * Checks what a login says of itself.
 *
 * @throws PawlError `invalid_request` naming a member that breaks its rule
 */
export function checkLogin(request: LoginRequest): void {
  const {
    subject,
    clientId = firstPartyClientId,
    scope = '',
    address = '',
    acr = '',
    amr = [],
    boundKey,
  } = request;
  checkText('subject', subject, 1, maxSubjectLength);
  checkText('clientId', clientId, 1, maxClientIdLength);
  if (typeof (request.device ?? '') !== 'string') throw malformed('device', 'a text');
  checkText('address', address, 0, maxAddressLength);
  checkText('acr', acr, 0, maxClassLength);
  if (amr.length > maxMethods) throw malformed('amr', `a list of at most ${String(maxMethods)} texts`);
  for (const method of amr) checkText('amr', method, 1, maxClassLength);
  if (!isScope(scope)) throw malformed('scope', 'a space-separated list of RFC 6749 scope tokens');
  if (boundKey !== undefined && !/^[A-Za-z0-9_-]{43}$/.test(boundKey)) {
    throw malformed('boundKey', 'an RFC 7638 SHA-256 thumbprint, 43 characters of base64url');
  }
}

function checkText(name: string, value: string, least: number, most: number): void {
  const fits = typeof value === 'string' && value.length >= least && value.length <= most;
  // A lone surrogate has no UTF-8 form; a control character could move the cursor of the terminal that lists it.
  if (!fits || /[\p{Cc}\p{Cs}]/u.test(value)) {
    throw malformed(
      name,
      `a text of ${String(least)} to ${String(most)} characters without control characters`,
    );
  }
}

function malformed(name: string, rule: string): PawlError {
  const detail = `"${name}" must be ${rule}.`;
  return new PawlError('invalid_request', detail, { detail });
}
