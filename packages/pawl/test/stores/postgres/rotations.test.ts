import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Progress } from '../../../src/stores/postgres/connection.js';
import { Rotations } from '../../../src/stores/postgres/rotations.js';
import type { RotateResult } from '../../../src/stores/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { attemptFor, newSession } from '../../../src/testing/session-fixture.js';

const random = createSeededRandom(4);

/** A database that holds no session and answers when it is told to. */
function createDatabase(deadlineMilliseconds: number) {
  const statements: { ids: string[]; progress: Progress; answer: () => void }[] = [];
  const rotations = new Rotations(
    (values, progress) =>
      new Promise((resolve) => {
        const answer = (): void => {
          resolve([]);
        };
        statements.push({ ids: values[0] as string[], progress, answer });
      }),
    deadlineMilliseconds,
  );
  return { rotations, statements };
}

test('one attempt of each session is in a statement, in the order of the ids, and the others wait for it', async () => {
  const { rotations, statements } = createDatabase(30_000);
  const sessions = [newSession(random), newSession(random)];
  const attempts = [...sessions, ...sessions, ...sessions].map((session) => attemptFor(session));
  const results = Promise.all(attempts.map((attempt) => rotations.rotate(attempt)));
  const ids = sessions.map(({ id }) => id).sort();
  for (let count = 1; count <= 3; count += 1) {
    while (statements.length < count) await nextTurn();
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    expect(statements).toHaveLength(count);
    expect(statements.at(-1)?.ids).toEqual(ids);
    statements.at(-1)?.answer();
  }
  expect(await results).toEqual(attempts.map(() => ({ rotated: false, session: null })));
});

test('at most two statements are on their way', async () => {
  const { rotations, statements } = createDatabase(30_000);
  const results: Promise<RotateResult>[] = [];
  for (let round = 1; round <= 5; round += 1) {
    results.push(rotations.rotate(attemptFor(newSession(random))));
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    expect(statements).toHaveLength(Math.min(round, 2));
  }
  for (let answered = 0; answered < statements.length; answered += 1) {
    statements[answered]?.answer();
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
  }
  expect(statements.map(({ ids }) => ids.length)).toEqual([1, 1, 3]);
  await Promise.all(results);
});

test('an attempt that is late was unsent while its statement waited for others, and not when that was on its way', async () => {
  const { rotations, statements } = createDatabase(500);
  const session = newSession(random);
  const attempts = [attemptFor(session), attemptFor(newSession(random)), attemptFor(session)];
  const [sent, ...others] = attempts.map((attempt) => rotations.rotate(attempt));
  while (statements.length === 0) await nextTurn();
  const [statement] = statements;
  const isSent = { isBehindOthers: () => false };
  Object.assign(statement?.progress as Progress, isSent);
  const late = attemptFor(newSession(random));
  const waiting = rotations.rotate(late);
  const results = await Promise.allSettled([sent, ...others, waiting]);
  expect(
    results.map((result) => (result as { readonly reason: { readonly unsent: boolean } }).reason.unsent),
  ).toEqual([false, false, true, true]);
  expect(statements.map(({ ids }) => ids.length)).toEqual([2, 1]);
});
