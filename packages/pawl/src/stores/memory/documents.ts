import type { DocumentStore, StoredDocument } from '../document-store.js';
import type { RunStep } from './steps.js';

export function createDocuments(run: RunStep): DocumentStore {
  const collections = new Map<string, Map<string, StoredDocument>>();

  function collectionOf(name: string): Map<string, StoredDocument> {
    const known = collections.get(name) ?? new Map<string, StoredDocument>();
    collections.set(name, known);
    return known;
  }

  return {
    read: (collection, key) => run(() => collectionOf(collection).get(key) ?? null),

    write: (collection, key, expectedVersion, value) =>
      run(() => {
        const documents = collectionOf(collection);
        if ((documents.get(key)?.version ?? 0) !== expectedVersion) return false;
        documents.set(key, { key, version: expectedVersion + 1, value });
        return true;
      }),

    remove: (collection, key, expectedVersion) =>
      run(() => {
        const documents = collectionOf(collection);
        return documents.get(key)?.version === expectedVersion && documents.delete(key);
      }),

    list: (collection, after, limit) =>
      run(() =>
        [...collectionOf(collection).values()]
          .filter((document) => after === null || document.key > after)
          .sort((left, right) => (left.key < right.key ? -1 : 1))
          .slice(0, limit),
      ),
  };
}
