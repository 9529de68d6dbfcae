import type { Clock, EpochSeconds } from '../base/clock.js';
import type { Random } from '../base/random.js';
import type { AccessAlgorithm, Jwks, KeyInfo, KeySchedule, MasterKey } from '../keys/index.js';
import type { ProofRefusal, ProvenRequest } from '../proof/index.js';
import type { Binding, Granted, Policy, PolicyName, Refused } from '../rotation/index.js';
import type { StoreRevocations } from '../revocations/index.js';
import type { DataOutcome, Store } from '../stores/index.js';
import type { AccessClaims } from '../access/claims.js';
import type { EventListener } from './events.js';

/** A member of a custom claim: what JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/**
 * What logins hand out: an access and a refresh token, or one opaque session token that each call is looked up by. See
 * docs/sessions.md.
 */
export type Mode = 'tokens' | 'session';

/** What a claims hook is asked for. */
export interface ClaimsRequest {
  /** `look-up`: with `mode: 'session'`, when a session is read from the store. */
  readonly reason: 'login' | 'refresh' | 'look-up';
  readonly subject: string;
  readonly sessionId: string;
  readonly clientId: string;
  readonly scope: string;
}

/** `refused` ends every session of the subject: the user is gone or disabled. */
export type ClaimsAnswer =
  | { readonly claims: Readonly<Record<string, JsonValue>> }
  | { readonly refused: 'gone' | 'disabled' };

/** Looks up what a new access token, or a session that was looked up, says of the subject. A throw or rejection means "not now": 503, nothing rotated. */
export type ClaimsHook = (request: ClaimsRequest) => ClaimsAnswer | Promise<ClaimsAnswer>;

/** A preset by name, or a preset with members replaced; without `preset` the rest is the default of the option. */
export type PolicyOption = PolicyName | ({ readonly preset?: PolicyName } & Partial<Policy>);

/** What `createAuthority` is configured with. Checked once, there. */
export interface AuthorityOptions<M extends Mode = 'tokens'> {
  /** The `iss` of every token: an https URL without query or fragment; http on a loopback host. */
  readonly issuer: string;
  /** Allows an http issuer that is not loopback. Tokens then cross the network in clear. Default false. */
  readonly allowInsecureIssuer?: boolean;
  /** The `aud` of every access token. Default: the issuer. */
  readonly audience?: string | readonly string[];
  /** Where sessions and the key ring live. The caller opens and closes it. */
  readonly store: Store;
  /** Encrypts the key ring at rest. In a list the first wraps and all of them open, which is how it is rotated. */
  readonly masterKey: MasterKey | readonly MasterKey[];
  /** What logins hand out. Default `tokens`. A session that began in one mode does not go on in the other. */
  readonly mode?: M;
  /**
   * For sessions of every transport, unless `cookiePolicy` says otherwise. Copied into each session at login: a changed policy holds for new
   * sessions. Default `balanced`, by cookie `resilient`.
   */
  readonly policy?: PolicyOption;
  /** For sessions whose tokens travel by cookie. Default: `policy` where that is given, else `resilient`. */
  readonly cookiePolicy?: PolicyOption;
  /** The longest window that an outage of the store makes of a shorter one; see docs/rotation.md. 0 to 86,400. Default 900. */
  readonly maxOutageWindowSeconds?: number;
  /**
   * Lifetime of an access token; each is shortened by a random 0 to 5 %. With `mode: 'session'` what a session says (its claims, its last
   * use) is at most this old. Default 300.
   */
  readonly accessSeconds?: number;
  /** A session that is not refreshed, or with `mode: 'session'` not used, for this long ends. Default 14 days. */
  readonly idleSeconds?: number;
  /** A session ends this long after login, whatever happens. Default 90 days. */
  readonly absoluteSeconds?: number;
  /** Live sessions of one subject, client sessions not counted; one more ends the one that was out of use the longest. Default 100. */
  readonly maxSessionsPerSubject?: number;
  /** Default `opaque`. Tokens of the other format stay valid when this changes. */
  readonly refreshFormat?: 'opaque' | 'jwt';
  /** Algorithm of newly generated access-token keys. Default `ES256`. */
  readonly accessAlgorithm?: AccessAlgorithm;
  readonly keySchedule?: Partial<KeySchedule>;
  /**
   * For how long the feed keeps a revocation: at least the longest lifetime of an access token that is still about, and the time for which
   * caches keep the JWKS. Below a day. Default: the longer of the two and 60 seconds, for clocks that differ and for what verifiers forgive.
   * Who shortens `accessSeconds` leaves this as it was for one old lifetime.
   */
  readonly revocationRetentionSeconds?: number;
  /** Whether DPoP proofs at `/login`, `/refresh` and `/token` must carry a nonce of this server. Default false. */
  readonly requireDpopNonce?: boolean;
  /**
   * Who may refresh a bound session with another key: a client that has authenticated with its secret, or nobody. Default
   * `authenticated`.
   */
  readonly clientKeyChange?: 'authenticated' | 'never';
  /** Called at login, at each refresh and at each look-up of a session. Default: no custom claims. */
  readonly claims?: ClaimsHook;
  /** Subscribed before the first event. */
  readonly onEvent?: EventListener;
  /** Where an error of a listener or of the background work goes. Default: `process.emitWarning`. */
  readonly onBackgroundError?: (error: unknown) => void;
  /** `manual`: nothing runs on timers, the caller calls `maintain()`. Default `automatic`. */
  readonly maintenance?: 'automatic' | 'manual';
  /** The clock of this machine. Sessions follow the store's where it has one of its own. Default: the system's. */
  readonly clock?: Clock;
  readonly random?: Random;
}

/** The way on which tokens come and go. */
export type Transport = 'body' | 'cookie';

/** One login, after the caller has checked who it is. */
export interface LoginRequest {
  /** 1 to 255 characters. */
  readonly subject: string;
  /** Default `first-party`. */
  readonly clientId?: string;
  /** Whether the client is somebody else's: its sessions are counted apart, and end first. Default false. */
  readonly thirdParty?: boolean;
  /** The rotation policy of the session, instead of the configured one. */
  readonly policy?: PolicyOption;
  /** Space-separated. Default empty. */
  readonly scope?: string;
  readonly amr?: readonly string[];
  readonly acr?: string;
  /** What the owner will recognise the device by. Kept without what cannot be shown, and cut to 200 characters. */
  readonly device?: string;
  /** From where the login came, for the event log; at most 64 characters. */
  readonly address?: string;
  /** Thumbprint (RFC 7638) of a key whose possession the caller has verified; binds the session to it. */
  readonly boundKey?: string;
  /**
   * How tokens travel. By cookie, the access tokens of a bound session carry no `cnf`, because a cookie brings no proof; its refreshes
   * need the key all the same. Default `body`.
   */
  readonly transport?: Transport;
  /**
   * Whether the login shall outlive the browser: false gives an idle end of a day at the latest, and cookies that end with the browser. Default true.
   */
  readonly remember?: boolean;
  /** The session ends when it is not refreshed for this long; at most the option of that name, which is the default. */
  readonly idleSeconds?: number;
  /** The session ends this long after login; at most the option of that name, which is the default. */
  readonly absoluteSeconds?: number;
  /**
   * The subject's epoch as `epochOf` read it before the credentials were checked. When the subject was revoked since, the login is
   * refused: a revocation wins against a login under way. Default: not checked.
   */
  readonly epoch?: number;
}

/** What a registration says of the tokens of its client. */
export interface ClientLimits {
  /** Lifetime of its access tokens; at most the option of that name, which is the default. */
  readonly accessSeconds?: number;
}

/** One presented refresh token, with what the caller found out about the request. */
export interface RefreshRequest extends ClientLimits {
  /** The token as received, any text. */
  readonly refreshToken: string;
  /** Thumbprint of the key whose possession this request has proved. */
  readonly provenKey?: string;
  /** How the refresh token came. A bound session goes on only as it began. Default `body`. */
  readonly transport?: Transport;
  /** The client that presents the token, when the transport authenticated or named one. */
  readonly clientId?: string;
  /**
   * Asked when the session belongs to another client than `clientId`: what that client's registration says when the request may act for it, and null
   * when it may not. Default: it may not.
   */
  readonly otherClient?: (clientId: string) => ClientLimits | null | Promise<ClientLimits | null>;
  /** Whether that client has shown its secret. Then a proof by any key counts as one by the session's, see `clientKeyChange`. */
  readonly clientAuthenticated?: boolean;
  /** The IP address from which the request comes. Its network is written down, salted, with a rotation: see `session.replayed-elsewhere`. */
  readonly address?: string;
  /** The header User-Agent of the request; its product belongs to the network. */
  readonly agent?: string;
  /** Narrows the scope of the new access token; a wider one is refused with `invalid_scope` and rotates nothing. */
  readonly scope?: string;
}

/** What a granted login hands out with `mode: 'session'`. */
export interface SessionTokens {
  /** Stays the same for the whole life of the session. */
  readonly sessionToken: string;
  /** Seconds until the session ends whatever happens. It ends before when it is not used for `idleSeconds`. */
  readonly expiresInSeconds: number;
  readonly scope: string;
  readonly sessionId: string;
  readonly subject: string;
}

/** What a granted login hands out in a mode. */
export type HandedOut<M extends Mode> = { tokens: Tokens; session: SessionTokens }[M];

/** What a granted login or refresh hands out. */
export interface Tokens {
  readonly accessToken: string;
  /** `DPoP` when the access token, or by cookie the session, belongs to a key. */
  readonly tokenType: 'Bearer' | 'DPoP';
  /** Lifetime of the access token, whole seconds from now. */
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  /** With `refreshFork`, the place of the refresh token in its session: a client that stores tokens keeps the later one. */
  readonly refreshGeneration: number;
  /** Orders refresh tokens of one generation; higher is later. */
  readonly refreshFork: number;
  /** Seconds until the session ends unless it is refreshed before. */
  readonly refreshExpiresInSeconds: number;
  readonly scope: string;
  readonly sessionId: string;
  readonly subject: string;
}

/** What is handed out where a browser's key has taken the place of the refresh token. */
export type AccessTokens = Pick<
  Tokens,
  'accessToken' | 'expiresInSeconds' | 'refreshExpiresInSeconds' | 'scope' | 'sessionId' | 'subject'
>;

export type LoginResult<M extends Mode = 'tokens'> =
  | { readonly granted: true; readonly tokens: HandedOut<M> }
  | { readonly granted: false; readonly outcome: 'gone' | 'disabled' | 'revoked' };

/** A login in a browser that may have a session. */
export interface ReauthenticationRequest extends LoginRequest {
  /** What the browser holds: a refresh token, a session token, the identifier of a device bound session, or a good access token. Any text. */
  readonly held: string;
  /** As of a refresh. */
  readonly agent?: string;
}

export type ReauthenticationResult =
  | {
      readonly granted: true;
      /** Without a refresh token where a browser's key has taken its place. */
      readonly tokens: Tokens | AccessTokens;
    }
  | {
      readonly granted: false;
      /** `none`: the browser has no live session. `replaced`: it had one that cannot be logged in to, and it has ended. Both leave the login to `login`. */
      readonly outcome: 'none' | 'replaced' | 'gone' | 'disabled' | 'revoked';
    };

/** The refresh token of a cookie that is asked about. */
export interface RecogniseRequest {
  /** The token as received, any text. */
  readonly refreshToken: string;
  /** As of a refresh. */
  readonly address?: string;
  readonly agent?: string;
}

/**
 * Why a browser is not recognised. `unknown`: its token is none of ours. `ended`: its session is over. `unproven`: only a refresh can say. `bound`: a
 * program of its owner holds the key, and has to refresh.
 */
export type Recognition =
  | { readonly recognised: true; readonly session: FoundSession }
  | { readonly recognised: false; readonly reason: 'unknown' | 'ended' | 'unproven' | 'bound' };

/** Why a refresh gave nothing. It belongs into the event log, never into the answer. */
export type RefreshRefusal = Refused | 'malformed' | 'unknown' | 'gone' | 'disabled';

export type RefreshResult =
  | {
      readonly granted: true;
      readonly outcome: Granted;
      readonly tokens: Tokens;
      /** Whether the token was spared a rotation only because the store was away meanwhile: the access token that came with it may have ended. */
      readonly stretched: boolean;
      /** How long an access token is good, at the least, that was handed out when the current refresh token was. */
      readonly keptAccessSeconds: number;
    }
  | {
      readonly granted: false;
      readonly outcome: RefreshRefusal;
      /** Whether the token's session has ended, so that keeping the token serves nothing. */
      readonly sessionOver: boolean;
    };

/** What a browser sends to register its key. */
export interface DbscRegistrationRequest {
  /** The refresh token of the session, from its cookie. */
  readonly refreshToken: string;
  /** The proof: value of the `Secure-Session-Response` header. */
  readonly proof: string;
}

export type DbscRegistration =
  | {
      readonly granted: true;
      /** What the browser will name the session by. */
      readonly sessionIdentifier: string;
      /** For the first proof. */
      readonly challenge: string;
    }
  | { readonly granted: false };

/** What a browser sends to refresh a session by its key. */
export interface DbscRefreshRequest {
  /** Value of the `Sec-Secure-Session-Id` header. */
  readonly sessionIdentifier: string;
  /** The proof: value of the `Secure-Session-Response` header; null when the browser has no challenge to answer. */
  readonly proof: string | null;
  /** As of a refresh by token. */
  readonly address?: string;
  readonly agent?: string;
}

export type DbscRefresh =
  | {
      readonly granted: true;
      readonly outcome: 'rotated' | 'replayed';
      /** There is no refresh token: the key has taken its place. */
      readonly tokens: AccessTokens;
      /** For the next proof. */
      readonly challenge: string;
    }
  | { readonly granted: false; readonly outcome: 'challenged'; readonly challenge: string }
  | { readonly granted: false; readonly outcome: RefreshRefusal; readonly sessionOver: boolean };

/** What an access token says of its session while it is good. */
export interface CurrentAccess {
  readonly sessionId: string;
  readonly subject: string;
  readonly scope: string;
  readonly expiresInSeconds: number;
}

/** Device bound sessions (DBSC): a key that the browser keeps takes the place of the refresh token. For `mode: 'tokens'`. */
export interface DeviceBoundSessions {
  /** The challenge that a browser has to answer within minutes of the login to register a key. */
  registrationChallenge(sessionId: string): string;
  /** Checks a key; the session is bound by the first `refresh`. Does NOT check the request's origin. */
  register(request: DbscRegistrationRequest): Promise<DbscRegistration>;
  /** Refreshes by proof, and binds the session when it is not bound yet. */
  refresh(request: DbscRefreshRequest): Promise<DbscRefresh>;
  /** What an access token says while it is good: all that a browser has whose refresh token was taken away. Null when it is not. */
  current(accessToken: string): Promise<CurrentAccess | null>;
  /** The session of an identifier; null when it is none of ours. Does NOT prove that the sender has the key. */
  find(sessionIdentifier: string): Promise<FoundSession | null>;
}

/** A live session as its owner sees it. */
export interface SessionInfo {
  readonly id: string;
  readonly clientId: string;
  readonly device: string | null;
  /** What kind of key it belongs to. `browser`: a key of DBSC, which has taken the place of the refresh token. */
  readonly binding: Binding['kind'];
  readonly createdAt: EpochSeconds;
  /** Last rotation, or last use that was written down with `mode: 'session'`; null when there was none yet. */
  readonly lastRefreshedAt: EpochSeconds | null;
  /** When it ends unless it is refreshed before: the earlier of the idle and the absolute end. */
  readonly expiresAt: EpochSeconds;
}

/** What an application keeps beside a session. */
export interface SessionData {
  /** 0 before the first write, plus 1 with each. */
  readonly version: number;
  /** Empty before the first write. */
  readonly data: Readonly<Record<string, JsonValue>>;
}

/** A session as an operator sees it. */
export interface FoundSession extends SessionInfo {
  readonly subject: string;
  readonly alive: boolean;
}

export type Verification =
  | { readonly valid: true; readonly claims: AccessClaims }
  | {
      readonly valid: false;
      readonly reason: 'malformed' | 'signature' | 'expired' | 'audience' | 'revoked';
    };

/** One proof that a request came with. */
export interface ProofRequest extends ProvenRequest {
  /** The IP address from which the request comes, for `proof.refused`. */
  readonly address?: string;
}

/** `nonce`: a nonce of this server is asked for, and the proof holds none or an old one. */
export type ProofResult =
  | { readonly proven: true; readonly key: string }
  | { readonly proven: false; readonly reason: ProofRefusal | 'replayed' | 'nonce' };

/** The members of RFC 7662 §2.2 that apply. */
export type Introspection =
  | { readonly active: false }
  | ({ readonly active: true; readonly tokenType: 'access_token' | 'session_token' } & {
      readonly claims: AccessClaims;
    })
  | {
      readonly active: true;
      readonly tokenType: 'refresh_token';
      readonly subject: string;
      readonly clientId: string;
      readonly scope: string;
      readonly sessionId: string;
      readonly createdAt: EpochSeconds;
      readonly expiresAt: EpochSeconds;
      /** Thumbprint of the key that its refreshes have to prove; null for a bearer session. */
      readonly boundKey: string | null;
    };

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
    rotate(use: 'access' | 'refresh'): Promise<KeyInfo>;
    compromise(id: string): Promise<KeyInfo>;
  };
  /** The time by the clock of the store, which sessions follow; that of the option `clock` where the store lives on this machine. */
  now(): EpochSeconds;
  /** By how much the store's clock is ahead of this machine's, which access tokens and proofs follow. */
  readonly clockDifferenceSeconds: number;
  /**
   * What this node knows of the revocation feed. It begins to follow the feed in the store when this is read first, and stops with `close`.
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
