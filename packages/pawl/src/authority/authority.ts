import type { EpochSeconds } from '../base/clock.js';
import type { Jwks, KeyInfo, KeyUse } from '../keys/index.js';
import type { StoreRevocations } from '../revocations/index.js';
import type { Policy } from '../rotation/index.js';
import type { DataOutcome } from '../stores/index.js';
import type { JsonValue } from './custom-claims.js';
import type { DeviceBoundSessions } from './dbsc.js';
import type { EventListener } from './events.js';
import type { Introspection } from './introspect.js';
import type { LoginRequest, LoginResult } from './login.js';
import type { Mode } from './options.js';
import type { ProofRequest, ProofResult } from './prove.js';
import type { ReauthenticationRequest, ReauthenticationResult } from './reauthenticate.js';
import type { Recognition, RecogniseRequest } from './recognise.js';
import type { RefreshRequest, RefreshResult } from './refresh.js';
import type { SessionData } from './session-data.js';
import type { FoundSession, SessionInfo } from './sessions.js';
import type { Verification } from './verify.js';

/** An authority of either mode: what handlers and guards work with. */
export type AnyAuthority = Authority<Mode>;

/**
 * A session authority. Every method rejects with `store_unavailable` when the store does not answer: the outcome is then
 * unknown, and the same call may be repeated.
 */
export interface Authority<M extends Mode = 'tokens'> {
  readonly issuer: string;
  readonly mode: M;
  readonly policy: Policy;
  /** The policy of sessions by cookie. */
  readonly cookiePolicy: Policy;
  /** Lifetime of an access token before it is shortened by a random 0 to 5 %. */
  readonly accessSeconds: number;
  /** The `aud` of every access token. */
  readonly audience: readonly string[];
  /** Device bound sessions. */
  readonly dbsc: DeviceBoundSessions;
  login(request: LoginRequest): Promise<LoginResult<M>>;
  /**
   * Logs a subject in again into the session that its browser has, which keeps its id and the sessions under it; tokens from before are
   * superseded. A session of another subject, and one that would not be what a new login gives, ends with the cause `replaced`. Does NOT start a
   * session.
   */
  reauthenticate(request: ReauthenticationRequest): Promise<ReauthenticationResult>;
  /** Says whose session a refresh token is, and redeems nothing. For requests that another site can cause. With `mode: 'tokens'`. */
  recognise(request: RecogniseRequest): Promise<Recognition>;
  /** A mark for an address that the own page makes the browser load; good for 60 seconds, for all nodes. */
  loadMark(): string;
  /** Whether a text is a mark that is still good. */
  isLoadMark(text: string): boolean;
  /** How often the subject was revoked; read before credentials are checked and handed to `login`. */
  epochOf(subject: string): Promise<number>;
  /** Rejects with `unsupported_grant_type` with `mode: 'session'`: there is nothing to refresh. */
  refresh(request: RefreshRequest): Promise<RefreshResult>;
  /**
   * Ends the session of any refresh token that it ever had, retired ones included; with `mode: 'session'` that of a session token.
   * Resolves to whether it was alive.
   *
   * @param mayEnd - asked for the client of the session, which otherwise lives on. What it throws is thrown on. Default: every one
   */
  logout(token: string, mayEnd?: (clientId: string) => boolean | Promise<boolean>): Promise<boolean>;
  /**
   * Resolves to false when there is no such session, or it is not the subject's, or it had ended. `cause` is what the event says; default
   * `revoked`.
   */
  revokeSession(
    sessionId: string,
    owner?: { readonly subject: string; readonly cause?: 'revoked' | 'logout' },
  ): Promise<boolean>;
  revokeSubject(subject: string): Promise<void>;
  /** Resolves to the ids that ended. */
  revokeOthers(subject: string, keepSessionId: string): Promise<readonly string[]>;
  /** Checks a DPoP proof, once: the same one is refused the next time, by every node. Resolves to the thumbprint of its key. */
  prove(request: ProofRequest): Promise<ProofResult>;
  /** The nonce that the next proofs shall carry; null when `requireDpopNonce` is off. */
  dpopNonce(): string | null;
  introspect(token: string): Promise<Introspection>;
  listSessions(subject: string): Promise<readonly SessionInfo[]>;
  /** One session, alive or not long dead; null when it is unknown. */
  findSession(sessionId: string): Promise<FoundSession | null>;
  /**
   * Checks an access token: signature, type, issuer, audience, expiry, and that its session is alive (one look-up). With `mode: 'session'` it
   * resolves a session token: its MAC, its secret, and that its session is alive. The claims have the same names in both modes.
   */
  verify(token: string): Promise<Verification>;
  /** What the application keeps beside a session, in either mode; null when the session is not alive. Always asks the store. */
  readData(sessionId: string): Promise<SessionData | null>;
  /**
   * Replaces it, as one step, when the session is alive and nobody has written since `expectedVersion` was read: a late write leaves nothing
   * behind a session that was logged out. `conflict`: read again. At most 16 KiB of JSON; more is refused with `invalid_request`.
   */
  writeData(
    sessionId: string,
    data: Readonly<Record<string, JsonValue>>,
    expectedVersion: number,
  ): Promise<DataOutcome>;
  /** The public keys that access tokens are checked with (RFC 7517). */
  jwks(): Jwks;
  /** How long caches may keep them. */
  readonly jwksMaxAgeSeconds: number;
  readonly keys: {
    list(): readonly KeyInfo[];
    rotate(use: KeyUse): Promise<KeyInfo>;
    compromise(id: string): Promise<KeyInfo>;
  };
  /** The time by the clock of the store, which sessions follow; that of the option `clock` where the store lives on this machine. */
  now(): EpochSeconds;
  /** By how much the store's clock is ahead of this machine's, which access tokens and proofs follow. */
  readonly clockDifferenceSeconds: number;
  /**
   * The revocations that this node knows. It begins to follow the feed in the store when this is read first, and stops with `close`.
   */
  readonly revocations: StoreRevocations;
  subscribe(listener: EventListener): () => void;
  /** Rejects when the authority cannot answer: the store is down or the key ring is stale. */
  check(): Promise<void>;
  /** One round of the background work: the key ring and garbage collection. */
  maintain(): Promise<void>;
  /** Stops the background work. Does NOT close the store. */
  close(): Promise<void>;
}
