import { maxProofAgeSeconds, maxProofLeadSeconds } from '../proof/dpop.js';

/** What a client is told of a refused proof, where it can do something about it. Every other reason is a mistake of its code. */
const details: Readonly<Partial<Record<string, string>>> = {
  missing: 'The access token belongs to a key, and its DPoP proof is missing.',
  time: `The DPoP proof must be at most ${String(maxProofAgeSeconds)} seconds old and ${String(maxProofLeadSeconds)} seconds ahead by the clock of this server, see Date.`,
  target: 'The DPoP proof is for another method or address.',
  token: 'The DPoP proof is for another access token.',
  key: 'The DPoP proof is by another key than the one that the access token belongs to.',
  replayed: 'The DPoP proof was shown before; each call needs a new one.',
};

/** A sentence for the caller about a refused proof, to be spread into what an error or a refusal carries; empty where the general text says it all. */
export function proofDetail(reason: string): { readonly detail?: string } {
  const detail = details[reason];
  return detail === undefined ? {} : { detail };
}
