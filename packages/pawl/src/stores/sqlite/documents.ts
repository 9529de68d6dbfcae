import type { DocumentStore, StoredDocument } from '../document-store.js';
import type { SqliteConnection } from './connection.js';
import { fromSortableBytes, fromText, toSortableBytes, toText } from '../text.js';

interface DocumentRow {
  readonly key: Uint8Array;
  readonly version: number;
  readonly value: string;
}

export function createDocuments(connection: SqliteConnection): DocumentStore {
  const find = connection.prepare(
    'select key, version, value from documents where collection = ? and key = ?',
  );
  const insert = connection.prepare(
    'insert into documents (collection, key, version, value) values (?, ?, 1, ?) on conflict do nothing returning version',
  );
  const update = connection.prepare(
    'update documents set version = version + 1, value = ? where collection = ? and key = ? and version = ? returning version',
  );
  const remove = connection.prepare(
    'delete from documents where collection = ? and key = ? and version = ? returning version',
  );
  const list = connection.prepare(
    'select key, version, value from documents where collection = ? and key >= ? order by key limit ?',
  );

  return {
    read: (collection, key) =>
      connection.read(() => {
        const row = find.get(toText(collection), toSortableBytes(key)) as DocumentRow | undefined;
        return row === undefined ? null : documentOf(row);
      }),

    write: (collection, key, expectedVersion, value) =>
      connection.write(() => {
        const written =
          expectedVersion === 0
            ? insert.get(toText(collection), toSortableBytes(key), toText(value))
            : update.get(toText(value), toText(collection), toSortableBytes(key), expectedVersion);
        return written !== undefined;
      }),

    remove: (collection, key, expectedVersion) =>
      connection.write(
        () => remove.get(toText(collection), toSortableBytes(key), expectedVersion) !== undefined,
      ),

    list: (collection, after, limit) =>
      connection.read(() => {
        // The first key above `after` is `after` with the lowest code unit behind it.
        const from = after === null ? '' : `${after}\0`;
        return (list.all(toText(collection), toSortableBytes(from), limit) as DocumentRow[]).map(documentOf);
      }),
  };
}

function documentOf(row: DocumentRow): StoredDocument {
  return { key: fromSortableBytes(row.key), version: row.version, value: fromText(row.value) };
}
