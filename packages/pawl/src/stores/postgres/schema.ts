import { placeOf } from './session-expressions.js';
import { sessionFunctions } from './session-functions.js';
import { quoteName } from './statement.js';

/** One step from a version of the tables to the next. */
export interface PostgresMigration {
  readonly version: number;
  readonly name: string;
  /** Statements that bring the tables to this version and note it. To be run in one transaction. */
  readonly sql: string;
}

// Room is left in each page for the next version of a row. A rotation writes no column that an index holds or asks for, so that version needs no
// new index entry either. Columns stand in the order of their alignment, and one that is null takes no room.
// Ids of a subject's sessions begin alike; by that beginning its live sessions are found. One that is put among the ended gets `kept_until`, and
// the first bytes of its subject's hash as `ended_of`, so that those can be counted without reading them.
// Texts of any length are looked up by a hash: an entry of an index has room for 2,700 bytes.
const sessions = (schema: string): string => `
create table ${schema}.subjects (
  subject_hash bytea primary key,
  place text collate "C" not null,
  epoch integer not null,
  changed_at double precision not null,
  logins bigint not null,
  subject text collate "C" not null
) with (fillfactor = 90);
create table ${schema}.sessions (
  created_at double precision not null,
  expires_at double precision not null,
  idle_seconds double precision not null,
  window_seconds double precision not null,
  auth_time double precision not null,
  floor bigint not null,
  generation bigint not null,
  rotated_at double precision,
  used_at double precision,
  revoked_at double precision,
  kept_until double precision,
  owed_until double precision,
  epoch integer not null,
  fork integer not null,
  previous_fork integer,
  seen boolean not null,
  resilient boolean not null,
  offline boolean not null,
  third_party boolean not null,
  logout_owed boolean not null,
  id text collate "C" primary key,
  secret_hash bytea not null,
  subject text collate "C" not null,
  client_id text collate "C" not null,
  scope text collate "C" not null,
  amr text collate "C" not null,
  resources text collate "C" not null,
  on_reuse text collate "C" not null,
  on_wrong_key text collate "C" not null,
  parent_id text collate "C",
  acr text collate "C",
  device text collate "C",
  binding text collate "C",
  network text collate "C",
  ended_of bytea
) with (fillfactor = 80);
create index sessions_live on ${schema}.sessions (${placeOf('id')}) where kept_until is null;
create index sessions_ended on ${schema}.sessions (ended_of, kept_until, id) where ended_of is not null and owed_until is null;
create index sessions_owed on ${schema}.sessions (ended_of, owed_until, kept_until, id) where owed_until is not null;
create table ${schema}.client_counters (
  key bytea primary key,
  counter bigint not null,
  changed_at double precision not null
);
create index client_counters_by_change on ${schema}.client_counters (changed_at);`;

const documents = (schema: string): string => `
create table ${schema}.documents (
  place bytea primary key,
  collection text collate "C" not null,
  key bytea not null,
  version integer not null,
  value text collate "C" not null
);
create index documents_in_order on ${schema}.documents (hashtextextended(collection, 0), substring(key from 1 for 256));`;

const events = (schema: string): string => `
create table ${schema}.events (
  id bigint generated always as identity primary key,
  at double precision not null,
  subject text collate "C",
  session_id text collate "C",
  body text collate "C" not null
);
create index events_by_subject on ${schema}.events (hashtextextended(subject, 0), id) where subject is not null;
create index events_by_session on ${schema}.events (hashtextextended(session_id, 0), id) where session_id is not null;`;

// Unlogged: an entry protects for a minute, and after a crash it may be gone.
const replays = (schema: string): string => `
create unlogged table ${schema}.replays (key text collate "C" primary key, expires_at double precision not null);
create index replays_by_expiry on ${schema}.replays (expires_at);`;

// Unlogged: a value is of use for minutes, and after a crash all of them may be gone.
const ephemera = (schema: string): string => `
create unlogged table ${schema}.ephemera (
  expires_at double precision not null, key text collate "C" primary key, value text collate "C" not null
);
create index ephemera_by_expiry on ${schema}.ephemera (expires_at);`;

// The reference takes the data along, whoever deletes the session's record.
const sessionData = (schema: string): string => `
create table ${schema}.session_data (
  id text collate "C" primary key references ${schema}.sessions (id) on delete cascade,
  version integer not null,
  value text collate "C" not null
);`;

// Triggers, so that no step can end something without saying so, also none of a process that still runs an earlier version. They run
// always, and for sessions that are added when they have ended, so that the feed of a logical replica, which is sent rows, says the same. A row gets its place
// in the feed later: whoever drew a number inside the step would have to keep all others waiting until its commit.
const revocations = (schema: string): string => `
create table ${schema}.revocations (
  id bigint generated always as identity primary key,
  at double precision not null,
  position bigint,
  epoch integer,
  kind text collate "C" not null,
  name text collate "C" not null,
  mark text collate "C",
  previous text collate "C"
);
create unique index revocations_in_order on ${schema}.revocations (position);
create index revocations_waiting on ${schema}.revocations (id) where position is null;
create function ${schema}.session_ended() returns trigger language plpgsql as $$ begin insert into ${schema}.revocations (kind, name, at) values ('session', new.id, new.revoked_at); return null; end $$;
create function ${schema}.subject_ended() returns trigger language plpgsql as $$ begin insert into ${schema}.revocations (kind, name, epoch, at) values ('subject', new.subject, new.epoch, new.changed_at); return null; end $$;
create trigger session_ended after update of revoked_at on ${schema}.sessions for each row when (old.revoked_at is null and new.revoked_at is not null) execute function ${schema}.session_ended();
create trigger session_added after insert on ${schema}.sessions for each row when (new.revoked_at is not null) execute function ${schema}.session_ended();
create trigger subject_added after insert on ${schema}.subjects for each row when (new.epoch > 0) execute function ${schema}.subject_ended();
create trigger subject_ended after update of epoch on ${schema}.subjects for each row when (new.epoch > old.epoch) execute function ${schema}.subject_ended();
alter table ${schema}.sessions enable always trigger session_ended;
alter table ${schema}.sessions enable always trigger session_added;
alter table ${schema}.subjects enable always trigger subject_added;
alter table ${schema}.subjects enable always trigger subject_ended;`;

interface Step {
  readonly name: string;
  /** Each gives statements, or one text of statements that each end with a semicolon at the end of a line. */
  readonly parts: readonly ((schema: string) => string | readonly string[])[];
}

/** As {@link PostgresMigration}, in statements. */
export interface MigrationStatements extends Pick<PostgresMigration, 'version' | 'name'> {
  /** Without a semicolon at the end. */
  readonly statements: readonly string[];
}

/** Only ever appended to. */
const steps: readonly Step[] = [
  {
    name: 'sessions, subjects, documents, events, replays, session data, revocations, ephemera',
    parts: [sessions, sessionFunctions, documents, events, replays, sessionData, revocations, ephemera],
  },
];

/** What tables of an earlier or later program cannot be brought to, or from. Its versions begin at 1. */
export const schemaFormat = 3;

/** The version of the tables that this program works on. */
export const schemaVersion: number = steps.length;

export function createSchemaText(schema: string): string {
  return `create schema if not exists ${quoteName(schema)}`;
}

/** The migrations without the creation of the schema itself, which needs a right of its own. */
export function migrationsIn(schema: string): readonly MigrationStatements[] {
  const quoted = quoteName(schema);
  return steps.map(({ name, parts }, index) => {
    const version = index + 1;
    const note = `insert into ${quoted}.migrations (version, name) values (${String(version)}, '${name}')`;
    const own = `create table ${quoted}.migrations (
  version integer primary key, name text not null, applied_at timestamptz not null default now(),
  format integer not null default ${String(schemaFormat)}
)`;
    const statements = [...parts.flatMap((part) => statementsOf(part(quoted))), note];
    return { version, name, statements: version === 1 ? [own, ...statements] : statements };
  });
}

function statementsOf(part: string | readonly string[]): readonly string[] {
  if (typeof part !== 'string') return part;
  return part
    .split(/;$/m)
    .map((text) => text.trim())
    .filter((text) => text !== '');
}
