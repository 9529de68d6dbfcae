import { readCredentials } from '../request/credentials.js';
import { proofDetail } from '../request/proof-detail.js';
import { type Refusal, type RefusalDetails, type RefusalReason, refuse } from '../request/refusal.js';
import { isSameOrigin, isWriting } from '../request/same-origin.js';
import type { AccessClaims } from '../access/claims.js';
import { proveToken } from './dpop.js';
import type { Call } from './exchange.js';
import type { Services } from './services.js';

/** Who makes a call, and whether a cookie said so. */
export interface Caller {
  readonly ok: true;
  readonly claims: AccessClaims;
  readonly by: 'bearer' | 'dpop' | 'cookie';
  /** Whether it is of the own applications, or the handler makes no difference. */
  readonly isOwn: boolean;
}

/** How one gate differs from the others. */
export interface CallerOptions {
  /** A method that stands for that of the request. */
  readonly method?: string;
  /** The token that a form holds, where the gate takes one from there (RFC 6750 §2.2). */
  readonly formToken?: string | null;
  /** `bearer`: a bound token is refused, whatever proof comes with it. Default `both`. */
  readonly accepts?: 'both' | 'bearer';
  /** The scope that lets a session of somebody else's application pass; without one it is refused, unless the handler accepts such sessions. */
  readonly thirdPartyScope?: string;
}

type Shown =
  | { readonly kind: 'refused'; readonly reason: 'no-token' | 'several-tokens' | 'cross-site' }
  | { readonly kind: 'token'; readonly by: 'bearer' | 'dpop' | 'cookie'; readonly token: string };

/**
 * Says who makes a call, by its access token or session token: the one in `Authorization`, else the cookie. A token that is bound to a key
 * passes with the scheme `DPoP` and a proof by that key only, and a cookie for a call that may change something from the own origin only.
 *
 * Does NOT look at scopes.
 *
 * @throws PawlError `store_unavailable`, `claims_unavailable`
 * @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750.html#section-2.1), [RFC 9449 §7](https://www.rfc-editor.org/rfc/rfc9449.html#section-7)
 */
export async function identifyCaller(
  services: Services,
  call: Call,
  gate: CallerOptions = {},
): Promise<Caller | Refusal> {
  const { accepts = 'both' } = gate;
  const shown = readToken(services, call, gate);
  if (shown.kind === 'refused') return refuse(shown.reason, { accepts, ...detailOf(services, shown.reason) });
  const { by, token } = shown;
  const scheme = by === 'dpop' ? 'dpop' : 'bearer';
  const refused = (reason: RefusalReason, details: RefusalDetails = {}): Refusal =>
    refuse(reason, { scheme: accepts === 'bearer' ? 'bearer' : scheme, accepts, ...details });
  // No key that is shown to this address says anything about another one.
  if (by === 'dpop' && accepts === 'bearer') return refused('key-binding', boundElsewhere);
  const verification = await services.authority.verify(token);
  if (!verification.valid) return refused(verification.reason);
  const { claims } = verification;
  const boundTo = claims.cnf?.jkt ?? null;
  if ((by === 'dpop') !== (boundTo !== null)) return refused('key-binding');
  if (boundTo !== null) {
    const proven = await proveToken(services, call, token);
    if ('refused' in proven) {
      return refused(proven.refused === 'replayed' ? 'replayed' : 'proof', proofDetail(proven.refused));
    }
    if (proven.key !== boundTo) return refused('proof', proofDetail('key'));
  }
  const isOwn = services.acceptsThirdParty || services.clients.isFirstParty(claims.client_id);
  if (isOwn === true || (await isOwn)) return { ok: true, claims, by, isOwn: true };
  // Of somebody else's application: what it was given opens its resource, not what is for the users themselves.
  const { thirdPartyScope: scope } = gate;
  if (scope === undefined) return refused('third-party');
  return claims.scope?.split(' ').includes(scope) === true
    ? { ok: true, claims, by, isOwn: false }
    : refused('insufficient-scope', { scope });
}

const boundElsewhere = { detail: 'A token that is bound to a key cannot be checked for another address.' };

function readToken(
  services: Services,
  call: Call,
  { method = call.method, formToken = null }: CallerOptions,
): Shown {
  const credentials = readCredentials(call);
  if (credentials.kind === 'several') return { kind: 'refused', reason: 'several-tokens' };
  if (credentials.kind === 'token') {
    return formToken === null
      ? { kind: 'token', by: credentials.scheme, token: credentials.token }
      : { kind: 'refused', reason: 'several-tokens' };
  }
  if (formToken !== null) return { kind: 'token', by: 'bearer', token: formToken };
  const cookie = services.cookies.caller(call);
  if (cookie === null) return { kind: 'refused', reason: 'no-token' };
  return isWriting(call, method) && !isSameOrigin(call, services.origin)
    ? { kind: 'refused', reason: 'cross-site' }
    : { kind: 'token', by: 'cookie', token: cookie };
}

function detailOf({ authority }: Services, reason: RefusalReason): RefusalDetails {
  return reason === 'no-token' && authority.mode === 'session'
    ? { detail: 'A session token is required.' }
    : {};
}
