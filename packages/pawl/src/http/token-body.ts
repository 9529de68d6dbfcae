import type { Tokens } from '../authority/authority.js';

/** What the body says of tokens that travel in cookies: no token. */
export interface TransportBody {
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly session_id: string;
  readonly scope?: string;
}

/** RFC 6749 §5.1, with the session's id. */
export interface TokenBody extends TransportBody {
  readonly access_token: string;
  readonly refresh_token: string;
}

export function transportBody(tokens: Tokens): TransportBody {
  return {
    token_type: 'Bearer',
    expires_in: tokens.expiresInSeconds,
    session_id: tokens.sessionId,
    ...(tokens.scope === '' ? {} : { scope: tokens.scope }),
  };
}

export function tokenBody(tokens: Tokens): TokenBody {
  return {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    ...transportBody(tokens),
  };
}
