import type { EpochSeconds } from '../base/clock.js';
import { checkDpopProof } from '../proof/index.js';
import { normalizedTarget } from '../proof/target.js';
import type { TokenScheme } from '../request/credentials.js';
import type { Incoming } from '../request/incoming.js';
import { proofAddress } from '../request/proof-address.js';
import { proofDetail } from '../request/proof-detail.js';
import type { RefusalDetails, RefusalReason } from '../request/refusal.js';
import type { ReplayMemory } from './replays.js';

/** Nonces that this resource server makes proofs carry (RFC 9449 §9). Any node must accept what another one issued. */
export interface DpopNonces {
  issue(now: EpochSeconds): string | Promise<string>;
  accepts(nonce: string, now: EpochSeconds): boolean | Promise<boolean>;
}

/** How proofs are checked. */
export interface KeyBindingOptions {
  /** Scheme, host and port as clients know them; null: those of the request. */
  readonly origin: string | null;
  readonly isRequired: boolean;
  readonly replays: ReplayMemory;
  readonly nonces: DpopNonces | null;
  readonly onError: (error: unknown) => void;
}

/** What came with a request beside its token. */
export interface TokenPresentation {
  readonly request: Incoming;
  readonly scheme: TokenScheme;
  readonly token: string;
}

/** `nonce`: to be used in the next proof, when it is not the one that was shown. */
export type BindingCheck =
  | { readonly held: true; readonly nonce: string | null }
  | { readonly held: false; readonly reason: RefusalReason; readonly details: RefusalDetails };

/**
 * Checks that whoever presents a token holds the key that it is bound to. A bound token is accepted with the scheme `DPoP` and a proof only,
 * an unbound one with `Bearer` only.
 *
 * @param boundKey - thumbprint in the token; null for an unbound one
 * @see [RFC 9449 §7](https://www.rfc-editor.org/rfc/rfc9449.html#section-7)
 */
export async function checkKeyBinding(
  options: KeyBindingOptions,
  presented: TokenPresentation,
  boundKey: string | null,
  now: EpochSeconds,
): Promise<BindingCheck> {
  if (boundKey === null) {
    return presented.scheme === 'bearer' && !options.isRequired ? unbound : failed('key-binding');
  }
  if (presented.scheme !== 'dpop') return failed('key-binding');
  // Two of them are joined by a comma, which no proof holds.
  const header = presented.request.header('dpop');
  const url = addressOf(presented.request, options.origin);
  if (header === null) return failed('proof', proofDetail('missing'));
  if (url === null) return failed('proof', proofDetail('target'));
  const { method } = presented.request;
  const check = await checkDpopProof({ proof: header, method, url, accessToken: presented.token }, now);
  if (!check.valid) return failed('proof', proofDetail(check.reason));
  const { keyThumbprint, nonce, replayKey, replayUntil } = check.proof;
  if (keyThumbprint !== boundKey) return failed('proof', proofDetail('key'));
  const { nonces, replays } = options;
  const next = nonces === null ? null : await nonces.issue(now);
  if (nonces !== null && (nonce === null || !(await nonces.accepts(nonce, now))))
    return failed('nonce', { nonce: next });
  // Last, so that a proof that is refused for another reason is not used up.
  try {
    if (!(await replays.remember(replayKey, replayUntil, now)))
      return failed('replayed', proofDetail('replayed'));
  } catch (error) {
    options.onError(error);
    return failed('replays-unavailable');
  }
  return { held: true, nonce: next === nonce ? null : next };
}

const unbound: BindingCheck = { held: true, nonce: null };

function failed(reason: RefusalReason, details: RefusalDetails = {}): BindingCheck {
  return { held: false, reason, details };
}

/** The address that a proof must be made for; null when the request does not say it. */
function addressOf(request: Incoming, origin: string | null): string | null {
  if (origin !== null) return proofAddress(origin, request.target());
  const address = request.url();
  return normalizedTarget(address) === null ? null : address;
}
