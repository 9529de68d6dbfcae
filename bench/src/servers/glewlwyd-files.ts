import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadSqlite } from '../sqlite-driver.js';

/** Where Debian's package keeps the tables and the first administrator of a new database. */
export const schemaFile = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3';
const modules = '/usr/lib/glewlwyd';

/** The name and the password of that administrator. */
export const administrator = { username: 'admin', password: 'password' } as const;

/** Writes a database and a configuration; resolves to the path of the latter. */
export async function writeGlewlwydFiles(folder: string, port: number): Promise<string> {
  const databaseFile = path.join(folder, 'glewlwyd.sqlite');
  const { DatabaseSync } = await loadSqlite();
  const database = new DatabaseSync(databaseFile);
  // Kept in the file. Glewlwyd leaves `synchronous` at the default of the library, which is full.
  database.exec('pragma journal_mode = wal');
  database.exec(readFileSync(schemaFile, 'utf8'));
  database.close();
  const configuration = path.join(folder, 'glewlwyd.conf');
  writeFileSync(configuration, configurationText(port, databaseFile));
  return configuration;
}

function configurationText(port: number, databaseFile: string): string {
  return `port=${port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:${port}/"
api_prefix="api"
log_mode="console"
log_level="ERROR"
cookie_secure=0
session_key="SESSION"
admin_scope="g_admin"
profile_scope="g_profile"
hash_algorithm="SHA256"
user_module_path="${modules}/user"
client_module_path="${modules}/client"
user_auth_scheme_module_path="${modules}/scheme"
plugin_module_path="${modules}/plugin"
database = { type = "sqlite3" path = "${databaseFile}" };
`;
}
