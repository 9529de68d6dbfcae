import { systemClock } from 'pawl';
import type { SessionStore } from 'pawl/stores';
import { shuffled } from '../seeded-random.js';
import { median } from '../statistics.js';
import { newSession } from '../stored-session.js';

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

/** What ending every session of a subject costs, one subject after another in shuffled order. */
export async function revokeAllCosts(
  store: SessionStore,
  random: () => number,
  mostSessions: number,
): Promise<readonly RevokeAllCost[]> {
  const groups = subjectsBySessions
    .filter(({ sessions }) => sessions <= mostSessions)
    .map((group) => ({ ...group, microseconds: [] as number[] }));
  const subjects = groups.flatMap((group) =>
    Array.from({ length: group.subjects }, (_, index) => ({ group, name: `${group.sessions}|${index}` })),
  );
  for (const { group, name } of subjects) await addSubject(store, name, group.sessions);
  for (const { group, name } of shuffled(subjects, random)) {
    const startedAt = performance.now();
    await store.revokeSubject(name, systemClock.now());
    group.microseconds.push((performance.now() - startedAt) * 1000);
  }
  return groups.map((group) => ({ ...group, microseconds: median(group.microseconds) }));
}

async function addSubject(store: SessionStore, name: string, sessions: number): Promise<void> {
  for (let left = sessions; left > 0; left -= loginsAtOnce) {
    const logins = Array.from({ length: Math.min(left, loginsAtOnce) }, () => {
      const now = systemClock.now();
      return store.create(newSession(name, now), sessions, now);
    });
    await Promise.all(logins);
  }
}
