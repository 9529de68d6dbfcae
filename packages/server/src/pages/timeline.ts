import type { EpochSeconds, SessionInfo } from 'pawl';
import type { EventLog } from 'pawl/stores';
import { sentence } from '../logs/sentence.js';
import type { ServerEvent } from '../logs/server-event.js';

/** One thing that happened to a session, for its owner. */
export interface TimelineEntry {
  readonly at: EpochSeconds;
  readonly text: string;
  /** `alarm`: somebody else may have been at it. */
  readonly tone: 'plain' | 'alarm';
}

export interface Timeline {
  /** Newest first. */
  readonly entries: readonly TimelineEntry[];
  /** Whether there is more than is shown. */
  readonly isCut: boolean;
}

const maxRead = 1000;
const maxShown = 100;

/**
 * What the log holds of one session, and its latest refresh, which only the record knows: ordinary ones are too many for the log.
 *
 * @throws PawlError `store_unavailable`
 */
export async function readTimeline(
  events: EventLog,
  {
    id: sessionId,
    createdAt: since,
    lastRefreshedAt,
  }: Pick<SessionInfo, 'id' | 'createdAt' | 'lastRefreshedAt'>,
): Promise<Timeline> {
  const logged = await events.read({ after: null, limit: maxRead, sessionId, since });
  const latest: readonly TimelineEntry[] =
    lastRefreshedAt === null
      ? []
      : [{ at: lastRefreshedAt, text: 'Refreshed, the latest time', tone: 'plain' }];
  const entries = [...logged.map(({ at, body }) => entryOf(at, JSON.parse(body) as ServerEvent)), ...latest]
    .sort((left, right) => left.at - right.at)
    .reverse();
  return {
    entries: entries.slice(0, maxShown),
    isCut: entries.length > maxShown || logged.length === maxRead,
  };
}

type Texts = {
  readonly [Type in ServerEvent['type']]?: (event: Extract<ServerEvent, { type: Type }>) => string;
};

const refreshes = {
  rotated: 'Refreshed',
  kept: 'Refreshed again within seconds',
  replayed: 'Refreshed twice with the same token: taken for a retry or a second tab',
  forked: 'Refreshed again after an answer that never arrived',
  healed: 'Refreshed after the server had lost its last writes',
} as const;

const ends = {
  logout: 'Logged out',
  revoked: 'Ended',
  others: 'Ended from another device',
  limit: 'Ended, because there were too many sessions',
  parent: 'Ended, because the login it came from ended',
  replaced: 'Ended, because another login took its place in the browser',
  reused: 'Ended, because a token came back that was no longer in use',
  'wrong-key': "Ended, because a token came without this device's key",
  gone: 'Ended, because the user is gone',
  disabled: 'Ended, because the user is disabled',
} as const;

const alarms: ReadonlySet<string> = new Set(['session.reused', 'session.wrong-key', 'session.forged']);

const blocked: ReadonlyMap<string, string> = new Map([
  ['wrong-client', 'Blocked: a token came from another program'],
  ['superseded', 'Blocked: a token from before the last login'],
]);

const texts: Texts = {
  'session.created': () => 'Logged in',
  'session.reauthenticated': () => 'Logged in again',
  'session.bound': () => 'Bound to a key of this browser',
  'session.refreshed': ({ outcome }) => refreshes[outcome],
  'session.replayed-elsewhere': () => 'A retry came from another network',
  'window.stretched': () => 'Kept through an outage of the server',
  'session.reused': () => 'A token came back that was no longer in use: somebody may hold a copy',
  'session.wrong-key': () => "Blocked: a token of this session came without this device's key",
  'session.forged': () => 'Blocked: a token of this session that the server did not make',
  'refresh.refused': ({ reason }) => blocked.get(reason) ?? 'A token came after the end',
  'session.revoked': ({ cause }) => ends[cause],
  'subject.revoked': ({ cause }) => `All sessions: ${ends[cause].toLowerCase()}`,
};

function entryOf(at: EpochSeconds, event: ServerEvent): TimelineEntry {
  // The table has one entry per type, which the compiler cannot follow through the look-up.
  const table: Partial<Record<string, (event: never) => string | undefined>> = texts;
  return {
    at,
    text: table[event.type]?.(event as never) ?? sentence(event),
    tone: alarms.has(event.type) ? 'alarm' : 'plain',
  };
}
