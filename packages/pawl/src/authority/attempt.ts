import type { Presented, PresentedChallenge, PresentedToken } from '../rotation/decide.js';
import type { RotateAttempt } from '../rotation/guard.js';

/** What one request presents: all that is known of it before the session is read. */
type AttemptOf<Kind extends Presented> = Omit<RotateAttempt, 'generation' | 'fork'> &
  Omit<Kind, 'secretMatches' | 'clientMatches'> & {
    /** For the events. */
    readonly address: string | null;
  };

/** A refresh token, as it came in a body or a cookie. */
export type TokenAttempt = AttemptOf<PresentedToken> & {
  /** Asked when the session belongs to another client than `clientId`: whether the request may act for it all the same. */
  readonly mayActFor: ((clientId: string) => Promise<boolean>) | null;
};
/** A proof by a browser's key. */
export type ChallengeAttempt = AttemptOf<PresentedChallenge>;
export type Attempt = TokenAttempt | ChallengeAttempt;
