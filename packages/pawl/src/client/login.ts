import { deadlineSeconds } from './backoff.js';
import { ClientError } from './client-error.js';
import type { ClientContext } from './context.js';
import { callIssuer, type IssuerAnswer, tokensOf } from './issuer-calls.js';
import { createProofKey } from './proof-key.js';
import { endAtIssuer } from './logout.js';
import { type SessionRecord, sessionIdOf } from './session-record.js';

/** The second deadline: a password takes longer to check than a token. */
const passwordDeadlineSeconds = deadlineSeconds(1);

interface LoginDetails {
  /** What they will recognise this device by; the issuer keeps at most 200 characters. */
  readonly device?: string;
  /** What the issuer takes besides: `{ otp: '123456' }`. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** What somebody typed: a name and a password, or the factor that the issuer asked for. */
export type Credentials = LoginDetails &
  (
    | { readonly username: string; readonly password: string; readonly state?: string }
    | {
        /** As the outcome `factor` gave it. */
        readonly state: string;
        readonly members: Readonly<Record<string, unknown>>;
      }
  );

/**
 * `wrong`: the username, the password or the factor. `factor`: the password is right; log in again with `state` and one of the factors as a member. `refused`: the issuer takes such a request from nobody; `error` is its code. `unavailable`: the issuer did not answer; whether a session began is unknown, and repeating starts another one.
 */
export type LoginOutcome =
  | { readonly ok: true; readonly sessionId: string }
  | { readonly ok: false; readonly reason: 'wrong' }
  | {
      readonly ok: false;
      readonly reason: 'factor';
      readonly factors: readonly string[];
      readonly state: string;
    }
  | { readonly ok: false; readonly reason: 'refused'; readonly error: string }
  | { readonly ok: false; readonly reason: 'throttled' | 'unavailable'; readonly retryAfterSeconds: number };

/** @throws ClientError `not-bound` when the issuer gave a session without the key; it is ended there */
export function login(context: ClientContext, credentials: Credentials): Promise<LoginOutcome> {
  const { options, storage } = context;
  if (!options.usesCookies) return logIn(context, credentials);
  // The browser has the cookies before the storage has the key: a refresh in between would show another key, or none, as a thief's does.
  return storage.lock(() => logIn(context, credentials), 2 * passwordDeadlineSeconds);
}

async function logIn(context: ClientContext, credentials: Credentials): Promise<LoginOutcome> {
  const { options, storage } = context;
  const key = options.bound ? await createProofKey(storage.holdsKeyHandles) : null;
  const { members, ...typed } = credentials;
  const body = { ...members, ...typed, ...(options.usesCookies ? { transport: 'cookie' } : {}) };
  const answer = await callIssuer(context, {
    path: '/login',
    body,
    key,
    deadlineSeconds: passwordDeadlineSeconds,
  });
  const tokens = tokensOf(context, answer);
  if (tokens === null || answer === null) return failed(answer);
  if (key !== null && answer.body['token_type'] !== 'DPoP') {
    await endAtIssuer(context, tokens.refreshToken === null ? {} : { refresh_token: tokens.refreshToken });
    throw new ClientError('not-bound', 'The issuer ignored the key. Copied tokens would be good everywhere.');
  }
  let before: SessionRecord | null = null as SessionRecord | null;
  await context.store((newest) => {
    // A try that seemed lost went through, and others have built on it.
    if (sessionIdOf(newest) === tokens.sessionId) return null;
    before = newest;
    return { status: 'signed-in', tokens, key };
  });
  // Nobody holds the session of before any more. With cookies, its token is gone.
  if (before?.status === 'signed-in' && before.tokens.refreshToken !== null) {
    await endAtIssuer(context, { refresh_token: before.tokens.refreshToken });
  }
  return { ok: true, sessionId: tokens.sessionId };
}

function failed(answer: IssuerAnswer | null): LoginOutcome {
  const { status = 0, retryAfterSeconds = 0, body = {} } = answer ?? {};
  if (status === 401) return factorOf(body) ?? { ok: false, reason: 'wrong' };
  if (status === 429) return { ok: false, reason: 'throttled', retryAfterSeconds };
  if (status >= 400 && status < 500) return { ok: false, reason: 'refused', error: String(body['error']) };
  return { ok: false, reason: 'unavailable', retryAfterSeconds };
}

function factorOf({ error, factors, state }: IssuerAnswer['body']): LoginOutcome | null {
  if (error !== 'factor_required' || typeof state !== 'string' || !Array.isArray(factors)) return null;
  return { ok: false, reason: 'factor', factors: factors.map(String), state };
}
