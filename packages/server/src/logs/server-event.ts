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

interface UserEvent<Type extends string> {
  readonly type: Type;
  readonly at: EpochSeconds;
  readonly subject: string;
}

export type UserChanged =
  | UserEvent<'user.added'>
  | UserEvent<'user.renamed'>
  | UserEvent<'user.password-changed'>
  | UserEvent<'user.disabled'>
  | UserEvent<'user.enabled'>
  | UserEvent<'user.deleted'>;

/** Everything that the server logs: what the authority reports, and what happens to users. */
export type ServerEvent = PawlEvent | LoginFailed | LoginThrottled | UserChanged;
