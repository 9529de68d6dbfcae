/**
 * Documents with a version.
 *
 * In a database: a table whose key is collection and key, kept so that neither loses a code unit and their order is that of code units (`toText`,
 * `toSortableBytes`). A write is `update … where version = expected`, and for version 0 an insert that does nothing on a conflict.
 */
import type { DocumentStore, StoredDocument } from 'pawl/stores';
import type { Step } from './step.js';

interface Row {
  readonly collection: string;
  readonly document: StoredDocument;
}

export function createDocuments(step: Step): DocumentStore {
  const rows = new Map<string, Row>();
  const versionOf = (place: string): number => rows.get(place)?.document.version ?? 0;

  return {
    read: step((collection, key) => rows.get(placeOf(collection, key))?.document ?? null),

    write: step((collection, key, expectedVersion, value) => {
      const place = placeOf(collection, key);
      if (versionOf(place) !== expectedVersion) return false;
      rows.set(place, { collection, document: { key, version: expectedVersion + 1, value } });
      return true;
    }),

    remove: step((collection, key, expectedVersion) => {
      const place = placeOf(collection, key);
      return versionOf(place) === expectedVersion && rows.delete(place);
    }),

    list: step((collection, after, limit) =>
      [...rows.values()]
        .filter((row) => row.collection === collection)
        .map(({ document }) => document)
        .filter(({ key }) => after === null || key > after)
        .sort((left, right) => (left.key < right.key ? -1 : 1))
        .slice(0, limit),
    ),
  };
}

/** One text for two, whatever is in them. */
function placeOf(collection: string, key: string): string {
  return JSON.stringify([collection, key]);
}
