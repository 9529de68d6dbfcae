import type { SessionRecord } from './session-record.js';

/**
 * Where clients of one user on one device keep the session that they share: tabs of a browser, processes of a program.
 *
 * A rejection means that the outcome is unknown. Whoever can read the storage has the refresh token, and the private key too unless
 * `holdsKeyHandles`.
 */
export interface ClientStorage {
  /**
   * Whether a `CryptoKey` can be stored as it is, so that nobody can copy the private key. Otherwise the record holds the key as a JWK,
   * and consists of JSON values only.
   */
  readonly holdsKeyHandles: boolean;
  /** The newest record; null when there is none. */
  load(): Promise<SessionRecord | null>;
  /**
   * Stores `next` when the newest record has this revision (0: there is none), in one atomic step. Durable when it resolves to true.
   * Resolves to false, with nothing changed, when another client was quicker.
   */
  replace(expectedRevision: number, next: SessionRecord): Promise<boolean>;
  /**
   * Runs `work` while no other client on this storage runs any. It passes on when the holder dies, at the latest after
   * `atMostSeconds`. Two holders at once spoil nothing, as `replace` still compares; they cost a refresh.
   */
  lock<T>(work: () => Promise<T>, atMostSeconds: number): Promise<T>;
  /** Calls the listener after another client has stored a record; returns how to stop that. */
  watch?(listener: () => void): () => void;
}
