import type { SessionInfo } from 'pawl';
import type { EventLog } from 'pawl/stores';
import type { ServerEvent } from '../logs/server-event.js';

/**
 * The addresses from which sessions were logged in, as far as the log still knows, by the sessions' ids.
 *
 * @throws PawlError `store_unavailable`
 */
export async function readPlaces(
  events: EventLog,
  sessions: readonly Pick<SessionInfo, 'id' | 'createdAt'>[],
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    sessions.map(async ({ id: sessionId, createdAt }) => {
      const [first] = await events.read({ after: null, limit: 1, sessionId, since: createdAt });
      const event = first === undefined ? null : (JSON.parse(first.body) as ServerEvent);
      const address = event?.type === 'session.created' ? event.address : null;
      return address === null ? [] : [[sessionId, address] as const];
    }),
  );
  return new Map(found.flat());
}
