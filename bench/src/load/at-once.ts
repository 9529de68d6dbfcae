import type { Answer, Connection } from './connection.js';
import type { AtOnceCounts, Target } from './messages.js';
import { present } from './present.js';
import { required } from '../required.js';
import { runTrain } from './train.js';

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
  const ask = (presenter: number, refreshToken: string): Promise<Answer> =>
    new Promise((resolve) => present(target, required(connections[presenter]), refreshToken, resolve));
  for (const refreshToken of refreshTokens) {
    const end = await runTrain(ask, refreshToken, { presentations: connections.length, gapMilliseconds });
    counts.answered += end.presented.filter(({ token }) => token !== null).length;
    counts.distinctTokens += end.distinctTokens;
    if (end.isNewestAlive) counts.newestAlive++;
    if (end.isLoggedOut) counts.loggedOut++;
  }
  const sessions = refreshTokens.length;
  return { sessions, presented: sessions * connections.length, ...counts };
}
