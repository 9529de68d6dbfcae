/** A small text under a key, with a version for compare-and-swap. */
export interface StoredDocument {
  readonly key: string;
  /** 1 after the first write, plus 1 with each; 1 again after the first write behind a removal. */
  readonly version: number;
  readonly value: string;
}

/** Where the key ring and the accounts live: collections of small documents (at most 256 KiB each). */
export interface DocumentStore {
  read(collection: string, key: string): Promise<StoredDocument | null>;
  /** Writes when the document's version is `expectedVersion` (0: there is none); durable before it resolves to true. */
  write(collection: string, key: string, expectedVersion: number, value: string): Promise<boolean>;
  /**
   * Removes the document when its version is `expectedVersion`; resolves to true when it was there at that version and is gone, durable
   * before it does so. Otherwise to false, and nothing changed: so also a repetition after an unknown outcome, when the first call removed it.
   */
  remove(collection: string, key: string, expectedVersion: number): Promise<boolean>;
  /** Up to `limit` documents whose key is greater than `after` (null: from the start), in key order (by code unit). */
  list(collection: string, after: string | null, limit: number): Promise<readonly StoredDocument[]>;
}
