import type { EpochSeconds } from '../base/clock.js';
import type { KeyEvent } from '../keys/index.js';
import type { ProofRefusal } from '../proof/index.js';
import type { Granted } from '../rotation/index.js';

/** Why a session or all sessions of a subject ended. */
export type EndCause =
  | 'logout'
  | 'revoked'
  | 'others'
  | 'limit'
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
  readonly bound: boolean;
  /** From where, as far as the caller of `login` knew. */
  readonly address: string | null;
}

/** A browser has shown the key that it registered: from now on the session belongs to it. */
export interface SessionBound extends SessionEvent {
  readonly type: 'session.bound';
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

/** A retired token came and the rule says that it cannot be the honest client: somebody holds a copy. */
export interface SessionReused extends SessionEvent {
  readonly type: 'session.reused';
  readonly presentedGeneration: number;
  readonly presentedFork: number;
  readonly generation: number;
  readonly fork: number;
  readonly sinceRotationSeconds: number | null;
  /** What ended because of it. */
  readonly ended: 'subject' | 'session';
}

/** A token with a valid MAC carried a secret that is not the session's: a refresh secret has leaked. */
export interface SessionForged extends SessionEvent {
  readonly type: 'session.forged';
}

/** A bound session's token came without a proof by its key. */
export interface SessionWrongKey extends SessionEvent {
  readonly type: 'session.wrong-key';
  readonly ended: 'subject' | 'session' | 'nothing';
}

/** A refresh that was refused for a reason that points to nobody: no session, or one that is over. */
export interface RefreshRefused {
  readonly type: 'refresh.refused';
  readonly at: EpochSeconds;
  readonly subject: string | null;
  readonly sessionId: string | null;
  readonly reason: 'malformed' | 'unknown' | 'revoked' | 'expired' | 'wrong-client';
}

/** A DPoP proof was refused before anything else was looked at. `replayed`: it had been shown before. */
export interface ProofRefused {
  readonly type: 'proof.refused';
  readonly at: EpochSeconds;
  readonly reason: ProofRefusal | 'replayed';
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
  | SessionBound
  | SessionRefreshed
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
