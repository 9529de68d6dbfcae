import { mkdirSync } from 'node:fs';
import type { ClientStorage } from '../storage.js';
import { createLockFile } from './lock-file.js';
import { createRevisions } from './revisions.js';

/** What `createFileStorage` is configured with. */
export interface FileStorageOptions {
  /** A folder of this storage alone, on a local disk. Created, for its owner only, when it is missing. */
  readonly folder: string;
}

/**
 * Keeps the session in a folder that the processes of one user share; none loses it to another, also when one is killed at any instant.
 *
 * Does NOT hide the private key: it is in the file, like the tokens, readable by the owner (0600). Whoever copies the folder has the session. Does NOT
 * work on a folder that several machines share. Other processes learn of a change when they next refresh or are answered 401.
 *
 * @throws Error of the file system when the folder cannot be made
 */
export function createFileStorage(options: FileStorageOptions): ClientStorage {
  const { folder } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const revisions = createRevisions(folder);
  const lockFile = createLockFile(folder);
  return {
    holdsKeyHandles: false,
    load: () => revisions.newest(),
    replace: (expectedRevision, next) => revisions.add(expectedRevision + 1, next),
    async lock(work, atMostSeconds) {
      const release = await lockFile.take(atMostSeconds);
      try {
        return await work();
      } finally {
        await release();
      }
    },
  };
}
