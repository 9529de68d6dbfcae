import { createSession, newSession, startAt } from './session-fixture.js';
import type { NewSession, SessionStore } from '../stores/session-store.js';
import { forEach } from './for-each.js';
import type { SeededRandom } from './seeded-random.js';

/** Sessions of a subject that have ended, one a second. */
export async function endedLogins(
  sessions: SessionStore,
  random: SeededRandom,
  subject: string,
  count: number,
  from: number = startAt,
): Promise<readonly string[]> {
  const added = Array.from({ length: count }, () => newSession(random, { subject, createdAt: from }));
  await forEach(count, (index) => createSession(sessions, added[index] as NewSession, 999, from));
  for (const [index, { id }] of added.entries()) await sessions.revokeSession(id, null, from + index);
  return added.map(({ id }) => id);
}

/** How many of the sessions have a record. */
export async function countFound(sessions: SessionStore, ids: readonly string[]): Promise<number> {
  const found = await Promise.all(ids.map((id) => sessions.find(id)));
  return found.filter((session) => session !== null).length;
}
