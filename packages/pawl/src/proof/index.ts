/**
 * Proofs that a request comes from the holder of a key, checked in any runtime.
 *
 * @module pawl/proof
 */
export {
  checkDpopProof,
  type Proof,
  type ProofCheck,
  type ProofRefusal,
  type ProvenRequest,
} from './dpop.js';
