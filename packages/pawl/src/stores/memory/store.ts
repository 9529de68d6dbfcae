import type { Store } from '../store.js';
import { createData } from './data.js';
import { createDocuments } from './documents.js';
import { createEphemera } from './ephemera.js';
import { createEvents } from './events.js';
import { Records } from './records.js';
import { createReplays } from './replays.js';
import { createRevocations } from './revocations.js';
import { createSessions } from './sessions.js';
import { createSteps } from './steps.js';

/**
 * Creates a store that lives in this process and ends with it: for tests, the lab and trials.
 *
 * Does NOT survive a restart and does NOT share anything with another process.
 */
export function createMemoryStore(): Store {
  const steps = createSteps();
  const { run } = steps;
  const revocations = createRevocations(run);
  const records = new Records((entry) => {
    revocations.append(entry);
  });
  const events = createEvents(run);
  const replays = createReplays(run);
  const ephemera = createEphemera(run);
  return {
    kind: 'memory',
    time: () => run(() => null),
    sessions: createSessions(records, run),
    data: createData(records, run),
    documents: createDocuments(run),
    events: events.port,
    replays: replays.port,
    ephemera: ephemera.port,
    revocations: revocations.port,
    check: () => run(() => undefined),
    sweep: (now, limit) =>
      run(() => {
        replays.sweep(now);
        ephemera.sweep(now);
        return records.sweep(now, limit) + events.sweep(now, limit);
      }),
    close(): Promise<void> {
      steps.close();
      revocations.close();
      return Promise.resolve();
    },
  };
}
