import { checkDpopProof, type ProofRefusal, type ProvenRequest } from '../proof/index.js';
import type { Context } from './context.js';
import { encodeDpopNonce, isDpopNonce } from '../sealed/dpop-nonce.js';
import type { ProofRefused } from './events.js';

/** One proof that a request came with. */
export interface ProofRequest extends ProvenRequest {
  /** The IP address from which the request comes, for `proof.refused`. */
  readonly address?: string;
}

/** `nonce`: a nonce of this server is asked for, and the proof holds none or an old one. */
export type ProofResult =
  | { readonly proven: true; readonly key: string }
  | { readonly proven: false; readonly reason: ProofRefusal | 'replayed' | 'nonce' };

/**
 * Checks a DPoP proof, and that it is shown for the first time, to whichever node. Nonces are asked for where no access token comes with
 * the proof, when the option says so.
 *
 * Does NOT compare the key with that of a session or a token.
 *
 * @throws PawlError `store_unavailable`: the proof may count as shown, so a repetition needs a new one
 * @throws TypeError when the address of the request is not absolute
 * @see [RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449.html#section-4.3)
 */
export async function prove(context: Context, request: ProofRequest): Promise<ProofResult> {
  const { options, ring, store } = context;
  const now = context.now();
  const machineNow = context.machineNow();
  const checked = await checkDpopProof(request, machineNow);
  if (!checked.valid) return refuse(context, request, checked.reason);
  const { keyThumbprint, nonce, replayKey, replayUntil } = checked.proof;
  if (options.requireDpopNonce && request.accessToken === undefined) {
    const isOurs = nonce !== null && isDpopNonce(nonce, (id) => ring.findRefreshKey(id), now);
    // Expected of every client that asks for the first time, so it is no event.
    if (!isOurs) return { proven: false, reason: 'nonce' };
  }
  // Proofs follow the clock of this machine, and what the store remembers its own.
  const until = replayUntil - machineNow + now;
  const isFirst = await store.replays.remember(replayKey, until, now);
  return isFirst ? { proven: true, key: keyThumbprint } : refuse(context, request, 'replayed');
}

function refuse(
  context: Context,
  { address = null }: { readonly address?: string | null },
  reason: ProofRefused['reason'],
): ProofResult {
  context.events.emit({ type: 'proof.refused', at: context.now(), reason, address });
  return { proven: false, reason };
}

/** The nonce that the next proofs shall carry; null when none is asked for. */
export function dpopNonce(context: Context): string | null {
  if (!context.options.requireDpopNonce) return null;
  return encodeDpopNonce(context.ring.refreshKey(), context.now());
}
