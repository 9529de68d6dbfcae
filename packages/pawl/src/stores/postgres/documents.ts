import { createHash } from 'node:crypto';
import type { DocumentStore, StoredDocument } from '../document-store.js';
import { fromSortableBytes, fromText, toSortableBytes, toText } from '../text.js';
import type { PostgresConnection } from './connection.js';
import type { PostgresRow } from './driver.js';
import { fromHex, toHex } from './session-row.js';
import { settingsText } from './session-statements.js';
import { createStatement, quoteName } from './statement.js';

export function createDocuments(
  connection: PostgresConnection,
  schemaName: string,
  deadlineSeconds: number,
): DocumentStore {
  const schema = quoteName(schemaName);
  const settings = settingsText('synced', deadlineSeconds);
  const find = createStatement(`select key, version, value from ${schema}.documents where place = $1`);
  const insert = createStatement(`with ${settings}
    insert into ${schema}.documents (place, collection, key, version, value)
    select $1::bytea, $2::text, $3::bytea, 1, $4::text from settings
    on conflict (place) do nothing returning version`);
  const update = createStatement(`with ${settings}
    update ${schema}.documents set version = version + 1, value = $3 from settings
    where place = $1 and version = $2 returning version`);
  const remove = createStatement(`with ${settings}
    delete from ${schema}.documents using settings where place = $1 and version = $2 returning version`);
  // The first condition and the first key of the order are those of the index, which has no room for long keys.
  const list = createStatement(`select key, version, value from ${schema}.documents
    where hashtextextended(collection, 0) = hashtextextended($1::text collate "C", 0) and collection = $1
      and substring(key from 1 for 256) >= substring($2::bytea from 1 for 256) and key >= $2
    order by substring(key from 1 for 256), key limit $3`);

  return {
    read: (collection, key) =>
      connection.accept(async () => {
        const [row] = await connection.run(find, [placeOf(collection, key)]);
        return row === undefined ? null : documentOf(row);
      }),

    write: (collection, key, expectedVersion, value) =>
      connection.accept(async () => {
        const place = placeOf(collection, key);
        const written =
          expectedVersion === 0
            ? await connection.run(insert, [
                place,
                toText(collection),
                toHex(toSortableBytes(key)),
                toText(value),
              ])
            : await connection.run(update, [place, expectedVersion, toText(value)]);
        return written.length > 0;
      }),

    remove: (collection, key, expectedVersion) =>
      connection.accept(async () => {
        const removed = await connection.run(remove, [placeOf(collection, key), expectedVersion]);
        return removed.length > 0;
      }),

    list: (collection, after, limit) =>
      connection.accept(async () => {
        // The first key above `after` is `after` with the lowest code unit behind it.
        const from = toHex(toSortableBytes(after === null ? '' : `${after}\0`));
        return (await connection.run(list, [toText(collection), from, limit])).map(documentOf);
      }),
  };
}

/** One short key for a collection and a key of any length. */
function placeOf(collection: string, key: string): string {
  const name = toSortableBytes(collection);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return toHex(createHash('sha256').update(length).update(name).update(toSortableBytes(key)).digest());
}

function documentOf(row: PostgresRow): StoredDocument {
  return {
    key: fromSortableBytes(fromHex(String(row['key']))),
    version: Number(row['version']),
    value: fromText(String(row['value'])),
  };
}
