import { PawlError } from '../../errors.js';
import type { SqliteDatabase } from './driver.js';

/** "Paw3" in ASCII: tells our files from those of other programs, and from those of earlier formats. */
const applicationId = 0x50617733;

/** "Pawl" and "Paw2": what files of earlier formats say they are. */
const earlierFormats: ReadonlyMap<number, number> = new Map([
  [0x5061776c, 1],
  [0x50617732, 2],
]);

// Ids of a subject's sessions begin alike, so they lie together in a table without row ids. A session that was put among those that ended says
// until when it must be kept, and until when its client can be told; each kind has an index of its own, so that no step reads the other kind.
// The numbers of log entries are never given twice (autoincrement): a cursor stays valid after a sweep.
const tables = `
create table subjects (
  subject text primary key, epoch integer not null, changed_at real not null
) strict, without rowid;
create table sessions (
  id blob primary key, secret_hash blob not null, subject text not null, client_id text not null,
  scope text not null, amr text not null, acr text, device text, binding text, resources text not null,
  parent_id blob, offline integer not null, third_party integer not null, logout_owed integer not null,
  created_at real not null, expires_at real not null, idle_seconds real not null, auth_time real not null, used_at real,
  window_seconds real not null, resilient integer not null, on_reuse text not null, on_wrong_key text not null,
  epoch integer not null, floor integer not null, revoked_at real,
  generation integer not null, fork integer not null, previous_fork integer, rotated_at real, seen integer not null,
  network text, kept_until real, owed_until real
) strict, without rowid;
create index sessions_live on sessions (subject) where kept_until is null;
create index sessions_ended on sessions (subject, kept_until, owed_until) where kept_until is not null;
create index sessions_owed on sessions (subject, owed_until) where owed_until is not null;
create table client_counters (
  subject text not null, client_id text not null, counter integer not null, changed_at real not null,
  primary key (subject, client_id)
) strict, without rowid;
create table documents (
  collection text not null, key blob not null, version integer not null, value text not null,
  primary key (collection, key)
) strict;
create table events (
  id integer primary key autoincrement, at real not null, subject text, session_id text, body text not null
) strict;
create index events_by_subject on events (subject) where subject is not null;
create index events_by_session on events (session_id) where session_id is not null;
pragma application_id = ${String(applicationId)};
`;

const replays = `
create table replays (key text primary key, expires_at real not null) strict, without rowid;
create index replays_by_expiry on replays (expires_at);
`;

const ephemera = `
create table ephemera (key text primary key, expires_at real not null, value text not null) strict;
create index ephemera_by_expiry on ephemera (expires_at);
`;

// A trigger, so that no data stays behind a session, whoever deletes its record.
const sessionData = `
create table session_data (id blob primary key, version integer not null, value text not null) strict;
create trigger session_data_goes_too after delete on sessions begin
  delete from session_data where id = old.id;
end;
`;

/** Appends to the feed. Positions are one above the highest: the newest entry is never deleted. */
export function appendRevocation(kind: string, name: string, epoch: string, at: string): string {
  return `insert into revocations (position, mark, previous, kind, name, epoch, at) values (
    coalesce((select max(position) from revocations), 0) + 1, lower(hex(randomblob(9))),
    coalesce((select mark from revocations order by position desc limit 1), ''), ${kind}, ${name}, ${epoch}, ${at}
  )`;
}

// Triggers, so that no step can end something without saying so, also none of a process that still runs an earlier version.
const revocations = `
create table revocations (
  position integer primary key, mark text not null, previous text not null,
  kind text not null, name any not null, epoch integer, at real not null
) strict;
create trigger session_ended after update of revoked_at on sessions
when old.revoked_at is null and new.revoked_at is not null
begin ${appendRevocation("'session'", 'new.id', 'null', 'new.revoked_at')}; end;
create trigger subject_added after insert on subjects when new.epoch > 0
begin ${appendRevocation("'subject'", 'new.subject', 'new.epoch', 'new.changed_at')}; end;
create trigger subject_ended after update of epoch on subjects when new.epoch > old.epoch
begin ${appendRevocation("'subject'", 'new.subject', 'new.epoch', 'new.changed_at')}; end;
`;

/** Each brings the tables to the next version; a file takes those that it lacks when it is opened. Only ever appended to. */
export const migrations: readonly string[] = [tables + replays + sessionData + revocations + ephemera];

/** Fails where nothing can be written: on such a file `begin immediate` succeeds, and begins a transaction that reads. */
const writeNothing = 'delete from documents where false';

/**
 * Prepares a connection: checks whose file it is, then brings its tables to this program's version. Safe to repeat.
 *
 * @throws {@link PawlError} `store_incompatible` for a file of another program, of an earlier format or of a newer version
 */
export function prepareDatabase(database: SqliteDatabase): void {
  // Before anything is written: a file of somebody else stays as it is. In a transaction, because another process may be
  // creating the tables, and half of what it writes would look like a foreign file.
  inTransaction(database, 'begin', () => versionOf(database));
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  // At most this much memory (64 MiB), and a checkpoint per 16 MiB of log: both keep random writes from touching the disk twice.
  database.exec('pragma cache_size = -65536');
  database.exec('pragma wal_autocheckpoint = 4096');
  inTransaction(database, 'begin immediate', () => {
    for (const migration of migrations.slice(versionOf(database))) database.exec(migration);
    database.exec(`pragma user_version = ${String(migrations.length)}`);
    database.exec(writeNothing);
  });
}

function inTransaction(
  database: SqliteDatabase,
  begin: 'begin' | 'begin immediate',
  work: () => unknown,
): void {
  database.exec(begin);
  try {
    work();
    database.exec('commit');
  } catch (error) {
    database.exec('rollback');
    throw error;
  }
}

/** How many of the migrations the file has: 0 for a fresh one. */
function versionOf(database: SqliteDatabase): number {
  const found = {
    applicationId: numberOf(database, 'pragma application_id', 'application_id'),
    version: numberOf(database, 'pragma user_version', 'user_version'),
    tables: numberOf(database, 'select count(*) as tables from sqlite_master', 'tables'),
  };
  if (found.applicationId === 0 && found.version === 0 && found.tables === 0) return 0;
  const earlier = earlierFormats.get(found.applicationId);
  if (earlier !== undefined) {
    throw new PawlError(
      'store_incompatible',
      `the SQLite file has format ${String(earlier)}, which this program cannot read: start with a new file`,
    );
  }
  if (found.applicationId !== applicationId || found.version < 1) {
    throw new PawlError('store_incompatible', 'the SQLite file belongs to another program');
  }
  if (found.version > migrations.length) {
    throw new PawlError(
      'store_incompatible',
      `the SQLite file has version ${String(found.version)}; this program knows version ${String(migrations.length)}`,
    );
  }
  return found.version;
}

function numberOf(database: SqliteDatabase, sql: string, column: string): number {
  const row = database.prepare(sql).get() as Record<string, number>;
  return row[column] ?? 0;
}
