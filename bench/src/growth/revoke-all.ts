import { systemClock } from 'pawl';
import type { SessionStore } from 'pawl/stores';
import type { Options } from '../options.js';
import { shuffled } from '../seeded-random.js';
import { median } from '../statistics.js';
import { createSession, newSession } from '../stored-session.js';

export interface RevokeAllCost {
  readonly sessions: number;
  readonly subjects: number;
  /** Median over the subjects. */
  readonly microseconds: number;
}

/** How many subjects have how many sessions: few with many, since a login looks at all sessions of its subject. */
const subjectsBySessions = [
  { sessions: 1, subjects: 100 },
  { sessions: 100, subjects: 20 },
  { sessions: 10_000, subjects: 1 },
] as const;

/** Few, or the deadline of the last passes. */
const loginsAtOnce = 8;

/** A subject whose logins take longer has fewer sessions than intended; the table says how many. */
const loginSecondsAtMost = 180;

interface Group {
  readonly subjects: readonly string[];
  readonly sessions: number;
}

/** What ending every session of a subject costs, one subject after another in shuffled order. */
export async function revokeAllCosts(
  store: SessionStore,
  random: () => number,
  { storedSessions, quick }: Pick<Options, 'storedSessions' | 'quick'>,
): Promise<readonly RevokeAllCost[]> {
  const groups: Group[] = [];
  for (const { sessions, subjects } of subjectsBySessions) {
    if (sessions > storedSessions) continue;
    groups.push(await addGroup(store, sessions, quick ? 2 : subjects));
  }
  const times = new Map<Group, number[]>(groups.map((group) => [group, []]));
  const all = groups.flatMap((group) => group.subjects.map((subject) => ({ group, subject })));
  for (const { group, subject } of shuffled(all, random)) {
    const startedAt = performance.now();
    await store.revokeSubject(subject, systemClock.now());
    times.get(group)?.push((performance.now() - startedAt) * 1000);
  }
  return groups.map((group) => ({
    sessions: group.sessions,
    subjects: group.subjects.length,
    microseconds: median(times.get(group) ?? []),
  }));
}

async function addGroup(store: SessionStore, sessions: number, subjects: number): Promise<Group> {
  const names = Array.from({ length: subjects }, (_, index) => `${sessions}|${index}`);
  const counts: number[] = [];
  for (const name of names) counts.push(await addSubject(store, name, sessions));
  return { subjects: names, sessions: Math.min(...counts) };
}

/** Resolves to the number of its sessions. */
async function addSubject(store: SessionStore, name: string, sessions: number): Promise<number> {
  const endsAt = performance.now() + loginSecondsAtMost * 1000;
  let count = 0;
  while (count < sessions && performance.now() < endsAt) {
    const logins = Array.from({ length: Math.min(sessions - count, loginsAtOnce) }, () => {
      const now = systemClock.now();
      return createSession(store, newSession(name, now), sessions);
    });
    count += (await Promise.all(logins)).length;
  }
  return count;
}
