/**
 * Where a Node program keeps the session of `pawl/client`: a folder that its processes share.
 *
 * @module pawl/client/node
 */
export { createFileStorage, type FileStorageOptions } from './file-storage.js';
