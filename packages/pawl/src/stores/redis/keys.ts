import { createHash } from 'node:crypto';
import { toLine } from './session-record.js';

/** The names of all keys. What stands in braces decides where a cluster keeps a key. */
export interface Keys {
  /** A hash: the sessions of the subjects of one place, and their epochs. */
  subject(place: string): string;
  /** What `SCAN` finds the keys of all subjects by. */
  readonly everySubject: string;
  /** A hash with the documents of a collection, and a sorted set with the order of their keys. */
  documents(collection: string): readonly [string, string];
  /** A text: when a proof expires. Without braces, so that a cluster spreads proofs over all of its places. */
  replay(key: string): string;
  /** A stream, the feed, and a sorted set, the steps that are to come to it. */
  readonly revocations: readonly [string, string];
  /** A stream: the log. */
  readonly events: string;
  /** Written to find out whether writing is possible. */
  readonly check: string;
}

export function createKeys(prefix: string): Keys {
  return {
    subject: (place) => `${prefix}{${place}}`,
    everySubject: `${prefix}{?????}`,
    documents(collection) {
      const digest = createHash('sha256').update(toLine(collection)).digest('hex').slice(0, 32);
      return [`${prefix}{docs-${digest}}`, `${prefix}{docs-${digest}}:order`];
    },
    replay: (key) => `${prefix}replay:${key}`,
    revocations: [`${prefix}{revocations}`, `${prefix}{revocations}:announced`],
    events: `${prefix}{events}`,
    check: `${prefix}{check}`,
  };
}
