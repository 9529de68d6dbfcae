import type { Secret } from '../base/secret.js';
import { PawlError } from '../errors.js';
import type { Session } from '../rotation/index.js';
import type { Mode } from './options.js';
import type { SessionTokenContents } from '../sealed/session-token.js';
import type { Context } from './context.js';
import type { CustomClaims } from './custom-claims.js';
import { issueSessionToken, issueTokens, type SessionTokens, type Tokens } from './issue.js';
import { type AuthenticToken, presentRefreshToken, presentSessionToken } from './present.js';
import { refresh, type RefreshRequest, type RefreshResult } from './refresh.js';
import { resolve } from './resolve.js';
import { type Verification, verify } from './verify.js';

/** All that differs between the modes. */
interface ModeEntry {
  /** What a login hands out. */
  handOut(
    context: Context,
    session: Session,
    secret: Secret<Buffer>,
    custom: CustomClaims,
  ): Tokens | SessionTokens;
  /** Reads the long-lived token without touching the session store; null when it is none of ours. */
  present(context: Context, token: string): Promise<AuthenticToken<SessionTokenContents> | null>;
  refresh(context: Context, request: RefreshRequest): Promise<RefreshResult>;
  /** Checks the token that calls are made with. */
  verify(context: Context, token: string): Promise<Verification>;
}

export const modes: Readonly<Record<Mode, ModeEntry>> = {
  tokens: { handOut: issueTokens, present: presentRefreshToken, refresh, verify },
  session: {
    handOut: issueSessionToken,
    present: presentSessionToken,
    refresh: () => Promise.reject(nothingToRefresh()),
    verify: resolve,
  },
};

/** The error of a refresh where session tokens are handed out. */
export function nothingToRefresh(): PawlError {
  const detail = 'This server hands out session tokens: there is nothing to refresh.';
  return new PawlError('unsupported_grant_type', 'a refresh with the mode "session"', { detail });
}
