import type { EpochSeconds } from 'pawl';
import type { Grant, RefreshAnswer } from '../modes/mode.js';

/** What a client holds between two requests. */
export interface HeldTokens {
  readonly accessToken: string;
  readonly accessEndsAt: EpochSeconds;
  readonly refreshToken: string;
  readonly order: number | null;
}

type Granted = Extract<RefreshAnswer, { granted: true }>;

/** Where a client keeps its tokens, and what it does with an answer. All tabs of a browser share one. */
export interface TokenStorage {
  held(): HeldTokens | null;
  start(grant: Grant, now: EpochSeconds): void;
  accept(answer: Granted, now: EpochSeconds): void;
  clear(): void;
}

function hold(grant: Grant, now: EpochSeconds): HeldTokens {
  const { accessToken, refreshToken, accessSeconds, order } = grant;
  return { accessToken, refreshToken, order, accessEndsAt: now + accessSeconds };
}

/** Tokens that the client takes from answer bodies: it never replaces a higher generation with a lower one. */
export function createBodyStorage(): TokenStorage {
  let tokens: HeldTokens | null = null;
  return {
    held: () => tokens,
    start: (grant, now) => {
      tokens = hold(grant, now);
    },
    accept: ({ grant }, now) => {
      const kept = tokens?.order ?? null;
      if (grant.order !== null && kept !== null && grant.order < kept) return;
      tokens = hold(grant, now);
    },
    clear: () => {
      tokens = null;
    },
  };
}

/** A browser's cookie jar: it takes whatever Set-Cookie arrives last, and cannot compare. */
export function createCookieJar(): TokenStorage {
  let tokens: HeldTokens | null = null;
  return {
    held: () => tokens,
    start: (grant, now) => {
      tokens = hold(grant, now);
    },
    accept: ({ grant, setsCookie }, now) => {
      if (setsCookie) tokens = hold(grant, now);
    },
    clear: () => {
      tokens = null;
    },
  };
}
