/**
 * Proofs that a request comes from the holder of a key, checked in any runtime.
 *
 * @module pawl/proof
 */
export {
  type BrowserKey,
  checkRefreshProof,
  checkRegistrationProof,
  dbscAlgorithms,
  type DbscProofCheck,
} from './dbsc.js';
export {
  checkDpopProof,
  dpopAlgorithms,
  maxProofAgeSeconds,
  maxProofLeadSeconds,
  maxProofLength,
  type Proof,
  type ProofCheck,
  type ProofRefusal,
  type ProvenRequest,
} from './dpop.js';
