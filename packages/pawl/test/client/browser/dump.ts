/** Run in a page: every record of its databases as JSON, which is what a copy of the disk or a script can carry away. */
export const dumpDatabases = `(async () => {
  const settle = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const dump = [];
  for (const { name, version } of await indexedDB.databases()) {
    const database = await settle(indexedDB.open(name, version));
    for (const table of database.objectStoreNames) {
      const store = database.transaction(table).objectStore(table);
      const [keys, values] = [await settle(store.getAllKeys()), await settle(store.getAll())];
      dump.push({ name, version, table, keys, values });
    }
    database.close();
  }
  return JSON.stringify(dump);
})()`;

/** Run in a page: puts a dump back, in place of what is there. */
export function restoreDatabases(dump: string): string {
  return `(async () => {
  for (const { name, version, table, keys, values } of ${dump}) {
    const opening = indexedDB.open(name, version);
    opening.onupgradeneeded = () => opening.result.createObjectStore(table);
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const transaction = opening.result.transaction(table, 'readwrite');
    keys.forEach((key, index) => transaction.objectStore(table).put(values[index], key));
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    opening.result.close();
  }
})()`;
}
