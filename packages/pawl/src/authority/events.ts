import type { EpochSeconds } from '../base/clock.js';
import type { KeyEvent } from '../keys/index.js';
import type { ProofRefusal } from '../proof/index.js';
import type { Binding, Granted } from '../rotation/index.js';

/** Why a session or all sessions of a subject ended. `parent`: the SSO session ended that it was created under. `replaced`: another login took
 * its place in the browser. */
export type EndCause =
  | 'logout'
  | 'revoked'
  | 'others'
  | 'limit'
  | 'parent'
  | 'replaced'
  | 'reused'
  | 'wrong-key'
  | 'gone'
  | 'disabled';

interface SessionEvent {
  readonly at: EpochSeconds;
  readonly subject: string;
  readonly sessionId: string;
}

export interface SessionCreated extends SessionEvent {
  readonly type: 'session.created';
  readonly clientId: string;
  readonly device: string | null;
  /** What kind of key the session belongs to. */
  readonly binding: Binding['kind'];
  /** From where, as far as the caller of `login` knew. */
  readonly address: string | null;
}

/** The owner has logged in again into the session: tokens from before are `superseded`. */
export interface SessionReauthenticated extends SessionEvent {
  readonly type: 'session.reauthenticated';
  /** Authentication methods, RFC 8176. */
  readonly amr: readonly string[];
  /** From where, as far as the caller knew. */
  readonly address: string | null;
}

/** A browser has shown the key that it registered: from now on the session belongs to it. */
export interface SessionBound extends SessionEvent {
  readonly type: 'session.bound';
  readonly binding: Binding['kind'];
}

/** A refresh that handed out tokens. */
export interface SessionRefreshed extends SessionEvent {
  readonly type: 'session.refreshed';
  readonly outcome: Granted;
  /** Generation and fork of the token that was presented. */
  readonly presentedGeneration: number;
  readonly presentedFork: number;
  /** Generation and fork of the token that is current now. */
  readonly generation: number;
  readonly fork: number;
  /** Seconds between the last rotation and this request; null when the session had not been rotated or rotates now. */
  readonly sinceRotationSeconds: number | null;
  readonly windowSeconds: number;
}

/**
 * A retired token of a bearer session was answered as a retry, and came from another network or product than the last rotation: the one sign that a
 * thief leaves who follows every refresh of the owner. Phones change networks, so it is reported and never acted on.
 */
export interface SessionReplayedElsewhere extends SessionEvent {
  readonly type: 'session.replayed-elsewhere';
  readonly presentedGeneration: number;
  readonly generation: number;
  /** Seconds between the last rotation and this request. */
  readonly sinceRotationSeconds: number | null;
  /** From where it came now. */
  readonly address: string | null;
}

/** A token was taken for a retry only because an outage of the store stretched the window of its session. */
export interface WindowStretched extends SessionEvent {
  readonly type: 'window.stretched';
  readonly outcome: Granted;
  /** As the policy has it. */
  readonly baseSeconds: number;
  /** As it was. */
  readonly windowSeconds: number;
  readonly sinceRotationSeconds: number | null;
}

/** The clock of the store is not that of this machine. Sessions follow the store's; access tokens and proofs of possession follow the machine's. */
export interface ClockDiffers {
  readonly type: 'clock.differs';
  readonly at: EpochSeconds;
  /** Above 0 when the store's clock is ahead. */
  readonly differenceSeconds: number;
}

/** A retired token came and the rule says that it cannot be the honest client: somebody holds a copy. */
export interface SessionReused extends SessionEvent {
  readonly type: 'session.reused';
  readonly presentedGeneration: number;
  readonly presentedFork: number;
  readonly generation: number;
  readonly fork: number;
  readonly sinceRotationSeconds: number | null;
  /** What ended because of it. `unknown`: the store did not say; the next one who presents a token of the session is told. */
  readonly ended: 'subject' | 'session' | 'unknown';
}

/** A token with a valid MAC carried a secret that is not the session's: a refresh secret has leaked. */
export interface SessionForged extends SessionEvent {
  readonly type: 'session.forged';
}

/** A bound session's token came without a proof by its key. */
export interface SessionWrongKey extends SessionEvent {
  readonly type: 'session.wrong-key';
  /** As of `session.reused`. */
  readonly ended: 'subject' | 'session' | 'nothing' | 'unknown';
}

/** A refresh that was refused for a reason that points to nobody: no session, one that is over, or a token from before its owner logged in again. */
export interface RefreshRefused {
  readonly type: 'refresh.refused';
  readonly at: EpochSeconds;
  readonly subject: string | null;
  readonly sessionId: string | null;
  readonly reason: 'malformed' | 'unknown' | 'revoked' | 'expired' | 'wrong-client' | 'superseded';
  /** From where, as far as the caller knew. */
  readonly address: string | null;
}

/** A DPoP proof was refused before anything else was looked at. `replayed`: it had been shown before. */
export interface ProofRefused {
  readonly type: 'proof.refused';
  readonly at: EpochSeconds;
  readonly reason: ProofRefusal | 'replayed';
  /** From where, as far as the caller of `prove` knew. */
  readonly address: string | null;
}

export interface SessionRevoked extends SessionEvent {
  readonly type: 'session.revoked';
  readonly cause: EndCause;
}

/** Every session of the subject ended. */
export interface SubjectRevoked {
  readonly type: 'subject.revoked';
  readonly at: EpochSeconds;
  readonly subject: string;
  /** The session that brought it about, or null. */
  readonly sessionId: string | null;
  readonly cause: EndCause;
}

/** Everything that an authority reports. No event contains a token, a secret, a key or a part of one. */
export type PawlEvent =
  | SessionCreated
  | SessionReauthenticated
  | SessionBound
  | SessionRefreshed
  | SessionReplayedElsewhere
  | WindowStretched
  | ClockDiffers
  | SessionReused
  | SessionForged
  | SessionWrongKey
  | RefreshRefused
  | ProofRefused
  | SessionRevoked
  | SubjectRevoked
  | KeyEvent;

/** May be async; what it resolves to is ignored. */
export type EventListener = (event: PawlEvent) => unknown;

export interface EventBus {
  emit(event: PawlEvent): void;
  /** Returns the function that ends the subscription. */
  subscribe(listener: EventListener): () => void;
}

/**
 * Delivers events synchronously, in order. A listener that throws does not hinder the others or the request: its error
 * goes to `onListenerError`.
 */
export function createEventBus(onListenerError: (error: unknown) => void): EventBus {
  const listeners = new Set<EventListener>();
  return {
    emit(event) {
      for (const listener of [...listeners]) {
        try {
          // A rejection that nobody handles would end the process.
          const result = listener(event);
          if (result instanceof Promise) result.catch(onListenerError);
        } catch (error) {
          onListenerError(error);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
