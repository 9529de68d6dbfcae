import type { EpochSeconds, PawlEvent } from 'pawl';

export interface LoginFailed {
  readonly type: 'login.failed';
  readonly at: EpochSeconds;
  /** The user; null when there is none of the name that was given. */
  readonly subject: string | null;
  readonly reason: 'wrong-password' | 'unknown-user' | 'disabled';
  readonly address: string | null;
}

export interface LoginThrottled {
  readonly type: 'login.throttled';
  readonly at: EpochSeconds;
  readonly address: string | null;
  readonly retryAfterSeconds: number;
}

export interface UserChanged {
  readonly type: 'user.added' | 'user.password-changed' | 'user.disabled' | 'user.enabled';
  readonly at: EpochSeconds;
  readonly subject: string;
}

/** Everything that the server logs: what the authority reports, and what happens to users. */
export type ServerEvent = PawlEvent | LoginFailed | LoginThrottled | UserChanged;
