import { type FeedRow, firstPage, pageAfter, placeOfCursor } from '../feed-place.js';
import type { RevocationEntry, RevocationStore } from '../revocations.js';
import { fromText, toText } from '../text.js';
import { WakeUps } from '../wake-ups.js';
import type { PostgresConnection } from './connection.js';
import type { PostgresPool, PostgresRow } from './driver.js';
import type { FeedOrder } from './feed-order.js';
import { Listener } from './listener.js';
import { settingsText } from './session-statements.js';
import { createStatement, quoteName } from './statement.js';

/** What the feed of one store works with. */
export interface RevocationSettings {
  readonly pool: PostgresPool;
  readonly schema: string;
  readonly deadlineSeconds: number;
  readonly order: FeedOrder;
}

/** `close` ends the watching. */
export function createRevocations(
  connection: PostgresConnection,
  settings: RevocationSettings,
): { readonly port: RevocationStore; close(): void } {
  const { order } = settings;
  const statements = createStatements(settings);
  const wakeUps = new WakeUps();
  const listener = new Listener(settings.pool, settings.schema, () => {
    wakeUps.wake();
  });
  order.onPlaced = () => {
    wakeUps.wake();
  };
  let lastWaiting: string | null = null;

  async function readBehind(position: string, limit: number): Promise<FoundRows> {
    const found = foundIn(await connection.run(statements.read, [position, limit + 1]));
    // An entry that has waited since the last look was left behind by a process that stopped.
    const isLeftBehind = found.waiting !== null && found.waiting === lastWaiting;
    lastWaiting = found.waiting;
    if (!isLeftBehind) return found;
    await order.place();
    return foundIn(await connection.run(statements.read, [position, limit + 1]));
  }

  const port: RevocationStore = {
    append: (entries) =>
      connection.accept(async () => {
        if (entries.length === 0) return;
        await connection.run(statements.append, [
          entries.map(({ kind }) => kind),
          entries.map(nameOf),
          entries.map((entry) => (entry.kind === 'subject' ? entry.epoch : null)),
          entries.map(({ at }) => at),
        ]);
        // Committed, so whoever reads next gives it its place if this fails.
        await order.place().catch(() => undefined);
      }),

    read: (after, limit) =>
      connection.accept(async () => {
        const place = after === null ? null : placeOfCursor(after);
        if (place !== null && /^\d+$/.test(place.position)) {
          const { rows, newest } = await readBehind(place.position, limit);
          const page = pageAfter(place, rows, newest, limit);
          if (page !== null) return page;
        }
        return firstPage((await readBehind('0', limit)).rows, limit);
      }),

    trim: (before, limit) =>
      connection.accept(async () => (await connection.run(statements.trim, [before, limit])).length),

    watch(wake) {
      const unwatch = wakeUps.add(wake);
      if (wakeUps.isWatched) listener.start();
      return () => {
        unwatch();
        if (!wakeUps.isWatched) listener.stop();
      };
    },
  };
  return {
    port,
    close() {
      wakeUps.close();
      listener.stop();
    },
  };
}

function createStatements({ schema: schemaName, deadlineSeconds }: RevocationSettings) {
  const schema = quoteName(schemaName);
  const fields = 'position, mark, previous, kind, name, epoch, at';
  const newest = `select ${fields} from ${schema}.revocations where position is not null order by position desc limit 1`;
  return {
    append: createStatement(`with ${settingsText('synced', deadlineSeconds)}
      insert into ${schema}.revocations (kind, name, epoch, at)
      select e.kind, e.name, e.epoch, e.at from settings cross join unnest(
        $1::text[], $2::text[], $3::integer[], $4::double precision[]
      ) with ordinality as e (kind, name, epoch, at, place)
      order by e.place`),
    read: createStatement(`select 'behind' as part, null::bigint as waiting, b.* from (
        select ${fields} from ${schema}.revocations where position > $1 order by position limit $2
      ) b
      union all select 'newest', null, n.* from (${newest}) n
      union all select 'waiting', w.id, null, null, null, null, null, null, null from (
        select id from ${schema}.revocations where position is null order by id limit 1
      ) w`),
    trim: createStatement(`with ${settingsText('deferred', deadlineSeconds)}
      delete from ${schema}.revocations where position in (
        select r.position from settings cross join lateral (
          select position from ${schema}.revocations where position is not null order by position limit $2
        ) r
      ) and position < coalesce(
        (select position from ${schema}.revocations where position is not null and at > $1 order by position limit 1),
        (select max(position) from ${schema}.revocations)
      ) and position < (select max(position) from ${schema}.revocations)
      returning position`),
  };
}

interface FoundRows {
  readonly rows: readonly FeedRow[];
  readonly newest: FeedRow | null;
  /** Number of the oldest entry without a place, or null. */
  readonly waiting: string | null;
}

function foundIn(rows: readonly PostgresRow[]): FoundRows {
  const part = (name: string): readonly PostgresRow[] => rows.filter((row) => row['part'] === name);
  const [newest] = part('newest');
  const [waiting] = part('waiting');
  return {
    // A union has no order of its own.
    rows: part('behind')
      .map(feedRowOf)
      .sort((left, right) => Number(left.position) - Number(right.position)),
    newest: newest === undefined ? null : feedRowOf(newest),
    waiting: waiting === undefined ? null : String(waiting['waiting']),
  };
}

function feedRowOf(row: PostgresRow): FeedRow {
  const [position, mark, previous] = [row['position'], row['mark'], row['previous']].map(String) as [
    string,
    string,
    string,
  ];
  return { position, mark, previous, entry: entryOf(row) };
}

function entryOf(row: PostgresRow): RevocationEntry {
  const [kind, name, at] = [row['kind'], String(row['name']), Number(row['at'])];
  if (kind === 'session') return { kind, sessionId: fromText(name), at };
  return kind === 'subject'
    ? { kind, subject: fromText(name), epoch: Number(row['epoch']), at }
    : { kind: 'key', kid: fromText(name), at };
}

function nameOf(entry: RevocationEntry): string {
  switch (entry.kind) {
    case 'session':
      return toText(entry.sessionId);
    case 'subject':
      return toText(entry.subject);
    case 'key':
      return toText(entry.kid);
  }
}
