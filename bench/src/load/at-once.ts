import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Connection } from './connection.js';
import type { AtOnceCounts, Target } from './messages.js';
import { present, type TokenAnswer } from './present.js';

/** What is presented, and how quickly one after another. */
export interface Presentation {
  readonly refreshTokens: readonly string[];
  /** 0: all at the same moment. */
  readonly gapMilliseconds: number;
}

/**
 * Presents each of these fresh tokens once on every connection, session after session, and then looks which of the refresh tokens that came
 * back still work. Access tokens are not looked at.
 */
export async function presentAtOnce(
  target: Target,
  connections: readonly Connection[],
  { refreshTokens, gapMilliseconds }: Presentation,
): Promise<AtOnceCounts> {
  const counts = { answered: 0, distinctTokens: 0, newestAlive: 0, loggedOut: 0 };
  for (const refreshToken of refreshTokens) {
    const came = await answersOf(target, connections, refreshToken, gapMilliseconds);
    const distinct = [...new Set(came)].reverse();
    counts.answered += came.length;
    counts.distinctTokens += distinct.length;
    const [newest, ...others] = distinct;
    const isNewestAlive = newest !== undefined && (await isAlive(target, connections[0], newest));
    if (isNewestAlive) counts.newestAlive++;
    else if (!(await isAnyAlive(target, connections[0], others))) counts.loggedOut++;
  }
  const sessions = refreshTokens.length;
  return { sessions, presented: sessions * connections.length, ...counts };
}

/** The refresh tokens of the answers with status 200, in the order in which they came. */
async function answersOf(
  target: Target,
  connections: readonly Connection[],
  refreshToken: string,
  gapMilliseconds: number,
): Promise<string[]> {
  const came: string[] = [];
  await Promise.all(
    connections.map(async (connection, index) => {
      if (gapMilliseconds > 0) await pause(index * gapMilliseconds);
      const answer = await answerTo(target, connection, refreshToken);
      const token = refreshTokenOf(answer);
      if (token !== null) came.push(token);
    }),
  );
  return came;
}

async function isAnyAlive(
  target: Target,
  connection: Connection | undefined,
  tokens: readonly string[],
): Promise<boolean> {
  for (const token of tokens) if (await isAlive(target, connection, token)) return true;
  return false;
}

async function isAlive(target: Target, connection: Connection | undefined, token: string): Promise<boolean> {
  return connection !== undefined && refreshTokenOf(await answerTo(target, connection, token)) !== null;
}

function answerTo(target: Target, connection: Connection, token: string): Promise<Answer> {
  return new Promise((resolve) => present(target, connection, token, resolve));
}

/** Null when the answer is no success; throws when it is one without a refresh token. */
function refreshTokenOf({ status, body }: Answer): string | null {
  if (status !== 200) return null;
  const { refresh_token } = JSON.parse(body) as TokenAnswer;
  if (refresh_token === undefined) throw new Error(`a refresh token is missing in an answer of 200`);
  return refresh_token;
}
