import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { browserBundle } from '../../../testbed/src/browser-bundle.js';

export interface ClientSize {
  readonly minifiedBytes: number;
  readonly gzippedBytes: number;
}

/** What an application that uses all of `pawl/client` sends to a browser for it. */
export function clientSize(): ClientSize {
  const bundle = browserBundle(fileURLToPath(import.meta.resolve('pawl/client')));
  return {
    minifiedBytes: Buffer.byteLength(bundle),
    gzippedBytes: gzipSync(bundle, { level: 9 }).length,
  };
}
