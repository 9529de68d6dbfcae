/**
 * A store of Pawl that somebody else wrote, with nothing but what Pawl exports. It lives in one process and ends with it; each file says what a
 * database does in its place.
 */
import type { Store } from 'pawl/stores';
import { createDocuments } from './documents.js';
import { createEvents } from './events.js';
import { createEphemera, createReplays } from './expiring.js';
import { createFeed } from './feed.js';
import { Records } from './records.js';
import { createData, createSessions } from './sessions.js';
import { stepsUntil } from './step.js';

/**
 * Opens the store. In a database: connects, and refuses tables of another version with `store_incompatible`.
 *
 * @param onRead - is told of each record of a session that is read. For tests
 */
export function createOwnStore(onRead: () => void = () => undefined): Store {
  let isClosed = false;
  const step = stepsUntil(() => isClosed);
  const feed = createFeed(step);
  const records = new Records((entry) => {
    feed.publish(entry);
  }, onRead);
  const events = createEvents(step);
  const replays = createReplays(step);
  const ephemera = createEphemera(step);
  return {
    kind: 'own',
    // The machine's clock is the clock of this store. A database on another machine tells its own time.
    time: step(() => null),
    sessions: createSessions(records, step),
    data: createData(records, step),
    documents: createDocuments(step),
    events: events.port,
    replays: replays.port,
    ephemera: ephemera.port,
    revocations: feed.port,
    check: step(() => undefined),
    sweep: step((now, limit) => {
      replays.sweep(now);
      ephemera.sweep(now);
      return records.sweep(now, limit) + events.sweep(now, limit);
    }),
    close: async () => {
      isClosed = true;
      feed.close();
    },
  };
}
