import type { AccessTokens, SessionTokens, Tokens } from '../authority/issue.js';

/** What the body says of tokens that travel in cookies: no token. */
export interface TransportBody {
  readonly token_type: 'Bearer' | 'DPoP';
  readonly expires_in: number;
  readonly session_id: string;
  readonly scope?: string;
}

/** RFC 6749 §5.1, with the session's id and the place of the refresh token in it: by generation, then by fork, higher is later. */
export interface TokenBody extends TransportBody {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly refresh_generation: number;
  readonly refresh_fork: number;
}

/** The same for a session token. */
export interface SessionTokenBody extends TransportBody {
  readonly session_token: string;
}

export function transportBody(
  tokens: Pick<Tokens, 'expiresInSeconds' | 'sessionId' | 'scope'> & Partial<Pick<Tokens, 'tokenType'>>,
): TransportBody {
  return {
    token_type: tokens.tokenType ?? 'Bearer',
    expires_in: tokens.expiresInSeconds,
    session_id: tokens.sessionId,
    ...(tokens.scope === '' ? {} : { scope: tokens.scope }),
  };
}

/** What a login answers with tokens in the body. */
export function loginBody(
  tokens: Tokens | SessionTokens | AccessTokens,
): TokenBody | SessionTokenBody | TransportBody {
  if ('refreshToken' in tokens) return tokenBody(tokens);
  if (!('sessionToken' in tokens)) return transportBody(tokens);
  return { session_token: tokens.sessionToken, ...transportBody(tokens) };
}

export function tokenBody(tokens: Tokens): TokenBody {
  return {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    refresh_generation: tokens.refreshGeneration,
    refresh_fork: tokens.refreshFork,
    ...transportBody(tokens),
  };
}
