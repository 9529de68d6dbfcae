import type { Clock, EpochSeconds, PawlEvent, Random } from 'pawl';

/** What a login or a refresh hands to the client. */
export interface Grant {
  readonly accessToken: string;
  /** Lifetime of the access token from now. */
  readonly accessSeconds: number;
  readonly refreshToken: string;
  /** Where the refresh token stands among those of its session: higher is newer; null when the mode has no order. */
  readonly order: number | null;
}

/** What a proof speaks of. */
export interface ProvenCall {
  readonly method: string;
  readonly url: string;
  readonly at: EpochSeconds;
  readonly accessToken?: string;
}

/** A key that never leaves whoever has it: only proofs for one request each come out. */
export interface ProofKey {
  readonly thumbprint: string;
  /** A DPoP proof, RFC 9449 §4.2. */
  prove(call: ProvenCall): string;
}

export type RefreshAnswer =
  | {
      readonly granted: true;
      /** For the story alone: no client acts on it. */
      readonly outcome: string;
      readonly grant: Grant;
      /** Whether the answer carries Set-Cookie when the client keeps its tokens in cookies. */
      readonly setsCookie: boolean;
    }
  | { readonly granted: false; readonly outcome: string; readonly sessionOver: boolean };

/** Texts that somebody may try as tokens. */
export interface Loot {
  readonly accessTokens: readonly string[];
  readonly refreshTokens: readonly string[];
}

/** What sessions of one subject take up in the store. */
export interface Footprint {
  readonly records: number;
  readonly bytes: number;
  /** Calls of the session store since the service was opened. */
  readonly roundTrips: number;
}

/** One way to keep people logged in, as the people, the thief and the operator meet it. */
export interface Service {
  /** A request of a client that has shown who its user is. Its key binds the session where the mode binds. */
  login(subject: string, key: ProofKey): Promise<Grant>;
  /** `address`: from where the request comes. */
  refresh(refreshToken: string, key: ProofKey, address: string): Promise<RefreshAnswer>;
  /** A request to a protected resource. Resolves to whether it was let in. */
  callApi(accessToken: string, key: ProofKey): Promise<boolean>;
  logout(refreshToken: string): Promise<void>;

  /** Operator: end everything that the subject has. */
  revokeSubject(subject: string): Promise<void>;
  /** Operator: replace every signing secret, as a routine. */
  rotateSecrets(): Promise<void>;
  /** Operator: replace the signing secrets because they have leaked. */
  replaceLeakedSecrets(): Promise<void>;
  /** Operator: copy the store, to put it back later as it is now. */
  backUp(): Promise<void>;
  /** Operator: put the copy back, losing every write since, and start the service again. */
  restoreBackup(): Promise<void>;

  /** Thief with a copy of the store: what can be made of it to pass for the subject. */
  lootFromStore(subject: string): Promise<Loot>;
  /** Thief with a copy of the store and with the refresh signing secret; null when there is no such secret. */
  forgeRefreshTokens(subject: string): Promise<readonly string[] | null>;
  /** Thief with the access-token signing secret. `ownKey`: thumbprint of the thief's proof key. Null when there is no such secret. */
  forgeAccessTokens(subject: string, ownKey: string): Promise<readonly string[] | null>;

  /** Null when the mode stores nothing. */
  footprint(subject: string): Promise<Footprint | null>;
}

/** What a mode is opened with. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  onEvent(event: PawlEvent): void;
}

/** One column of the table. */
export interface Mode {
  readonly name: string;
  /** Baselines show what the textbook does. They are measured, and held to nothing. */
  readonly kind: 'pawl' | 'baseline';
  readonly summary: string;
  open(surroundings: Surroundings): Promise<Service>;
}
