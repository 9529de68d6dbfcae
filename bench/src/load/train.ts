import { setTimeout as pause } from 'node:timers/promises';
import type { Answer } from './connection.js';
import { grantOf } from './present.js';

/** How often one token is presented, and how quickly one after another. */
export interface Train {
  readonly presentations: number;
  /** 0: all at the same moment. */
  readonly gapMilliseconds: number;
}

/** Presents a refresh token; `presenter` counts from 0. */
export type Ask = (presenter: number, refreshToken: string) => Promise<Answer>;

/** One presentation of a token. Instants are milliseconds of this process. */
export interface Presented {
  /** The refresh token of the answer; null when it was refused. */
  readonly token: string | null;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** What became of a session whose fresh token was presented by a train. */
export interface TrainEnd {
  /** In the order of the presenters. */
  readonly presented: readonly Presented[];
  /** Refresh tokens that came back, each counted once. */
  readonly distinctTokens: number;
  /** Whether the refresh token of the last answer with tokens works afterwards. */
  readonly isNewestAlive: boolean;
  /** Whether no refresh token that came back works afterwards. */
  readonly isLoggedOut: boolean;
}

/** Presents one fresh token as the train says, and then looks which of the refresh tokens that came back still work. */
export async function runTrain(ask: Ask, refreshToken: string, train: Train): Promise<TrainEnd> {
  const { presentations, gapMilliseconds } = train;
  const presented = await Promise.all(
    Array.from({ length: presentations }, async (_, presenter) => {
      if (gapMilliseconds > 0) await pause(presenter * gapMilliseconds);
      const sentAt = performance.now();
      const token = grantOf(await ask(presenter, refreshToken))?.refresh_token ?? null;
      return { token, sentAt, answeredAt: performance.now() };
    }),
  );
  const [newest, ...others] = newestFirst(presented);
  const isNewestAlive = newest !== undefined && (await isAlive(ask, newest));
  return {
    presented,
    distinctTokens: (newest === undefined ? 0 : 1) + others.length,
    isNewestAlive,
    isLoggedOut: !isNewestAlive && !(await isAnyAlive(ask, others)),
  };
}

/** The different tokens, in the reverse of the order in which they came. */
function newestFirst(presented: readonly Presented[]): string[] {
  const inOrder = presented.toSorted((a, b) => a.answeredAt - b.answeredAt);
  return [...new Set(inOrder.flatMap(({ token }) => (token === null ? [] : [token])))].reverse();
}

async function isAnyAlive(ask: Ask, tokens: readonly string[]): Promise<boolean> {
  for (const token of tokens) if (await isAlive(ask, token)) return true;
  return false;
}

async function isAlive(ask: Ask, token: string): Promise<boolean> {
  return grantOf(await ask(0, token)) !== null;
}
