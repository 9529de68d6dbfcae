import type { ProofKey } from './proof-key.js';

/** Why a session is over: the owner logged out here, or the issuer refused the newest refresh token or, by cookie, got none. */
export type EndReason = 'logged-out' | 'refused';

/** What the application sees of a session. */
export type SessionState =
  | { readonly status: 'anonymous' }
  | { readonly status: 'signed-in'; readonly sessionId: string; readonly bound: boolean }
  | { readonly status: 'ended'; readonly sessionId: string; readonly reason: EndReason };

/** The tokens of a session as an answer of the issuer gave them. Instants are epoch seconds of the issuer's clock. */
export interface HeldTokens {
  readonly sessionId: string;
  /** Null when cookies carry the tokens; the same holds for `refreshToken`. */
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
  /** The place of the refresh token in its session; 0 and 0 with cookies. */
  readonly generation: number;
  readonly fork: number;
  readonly accessExpiresAt: number;
  /** From when on the next access token is fetched ahead of need. */
  readonly refreshAt: number;
}

/** What a storage holds for one issuer. */
export type SessionRecord = {
  /** Grows by one with each replacement. */
  readonly revision: number;
  /** How far the issuer's clock was ahead of this device's. */
  readonly clockAheadSeconds: number;
} & (
  | { readonly status: 'signed-in'; readonly tokens: HeldTokens; readonly key: ProofKey | null }
  | { readonly status: 'ended'; readonly sessionId: string; readonly reason: EndReason }
);

export type SignedInRecord = Extract<SessionRecord, { status: 'signed-in' }>;

/**
 * Whether tokens that a refresh brought replace what is stored. A late answer neither brings a lower generation back, nor a session
 * that was ended or followed by another login.
 */
export function supersedes(offered: HeldTokens, stored: SessionRecord | null): stored is SignedInRecord {
  if (stored?.status !== 'signed-in') return false;
  const { sessionId, generation, fork, accessExpiresAt } = stored.tokens;
  if (offered.sessionId !== sessionId) return false;
  const ahead =
    offered.generation - generation || offered.fork - fork || offered.accessExpiresAt - accessExpiresAt;
  return ahead >= 0;
}

/** The session that a record is about. */
export function sessionIdOf(record: SessionRecord | null): string | null {
  if (record === null) return null;
  return record.status === 'ended' ? record.sessionId : record.tokens.sessionId;
}

export function stateOf(record: SessionRecord | null): SessionState {
  if (record === null) return { status: 'anonymous' };
  if (record.status === 'signed-in') {
    return { status: 'signed-in', sessionId: record.tokens.sessionId, bound: record.key !== null };
  }
  return { status: 'ended', sessionId: record.sessionId, reason: record.reason };
}
