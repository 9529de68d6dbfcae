import type { Secret } from '../base/secret.js';

/** What encrypts the ring's private parts at rest. A key management service can stand behind it. */
export interface MasterKey {
  /** Fingerprint that tells master keys apart; reveals nothing about the secret. Stored beside what it wrapped. */
  readonly id: string;
  /** Encrypts `plain`, bound to `context`, which is not secret. */
  wrap(plain: Uint8Array, context: Uint8Array): Promise<Uint8Array>;
  /**
   * Undoes `wrap` with the same context.
   *
   * @throws PawlError `master_key_wrong` when another key wrapped it, or it or the context was changed
   */
  unwrap(wrapped: Uint8Array, context: Uint8Array): Promise<Uint8Array>;
}

export declare function createLocalMasterKey(secret: Secret<Uint8Array>): MasterKey;
export declare function parseMasterKey(text: string): MasterKey;
