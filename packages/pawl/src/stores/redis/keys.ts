import { createHash } from 'node:crypto';
import { toLine } from './session-record.js';

/** The names of all keys. What stands in braces decides where a cluster keeps a key. */
export interface Keys {
  /** A hash with everything of the subjects of one place, see `session-lua.ts`. */
  subject(place: string): string;
  /** What `SCAN` finds the keys of all subjects by. */
  readonly everySubject: string;
  /** A hash with the documents of a collection, and a sorted set with the order of their keys. */
  documents(collection: string): readonly [string, string];
  /** A text: when a proof expires. Without braces, so that a cluster spreads proofs over all of its places. */
  replay(key: string): string;
  /** A text: a value and when it ends. Without braces, as proofs. */
  ephemeral(key: string): string;
  /** A stream, the feed, and a sorted set, the steps that are to come to it. */
  readonly revocations: readonly [string, string];
  /** A stream: the log. */
  readonly events: string;
  /** A list: the ids of the log's entries about a subject or a session. */
  eventsAbout(what: 'subject' | 'session', name: string): string;
  /** Where the formats before this one had the key ring, the first one first. */
  readonly earlierKeyRings: readonly string[];
  /** Written to find out whether writing is possible. */
  readonly check: string;
}

/** Of the format: keys of another one lie beside ours and are never met. */
const format = '3:';

export function createKeys(prefix: string): Keys {
  const own = prefix + format;
  return {
    subject: (place) => `${own}{${place}}`,
    everySubject: `${own}{?????}`,
    documents(collection) {
      const name = documentsOf(collection);
      return [own + name, `${own}${name}:order`];
    },
    replay: (key) => `${own}replay:${key}`,
    ephemeral: (key) => `${own}ephemeral:${key}`,
    revocations: [`${own}{revocations}`, `${own}{revocations}:announced`],
    events: `${own}{events}`,
    eventsAbout: (what, name) => `${own}{events}:${what}:${digestOf(name)}`,
    earlierKeyRings: ['', '2:'].map((earlier) => prefix + earlier + documentsOf('keys')),
    check: `${own}{check}`,
  };
}

function documentsOf(collection: string): string {
  return `{docs-${digestOf(collection)}}`;
}

/** Of names of any length: 16 bytes. */
function digestOf(name: string): string {
  return createHash('sha256').update(toLine(name)).digest('hex').slice(0, 32);
}
