/** How a text reaches its reader. None may hold a character that one of these has to escape. */
export type Carrier = 'body' | 'cookie' | 'header' | 'url';

/** What distinguishes one kind of sealed text from the others. */
export interface SealedKind {
  /**
   * Four characters of base64url that begin every text of the kind. The three bytes that they stand for begin what its MAC is over, so that no
   * kind is read as another one under the same key. The first is a `p`: what else a MAC of the ring is over begins with an ASCII character.
   */
  readonly prefix: string;
  /** Length of the fields between the key id and the MAC. */
  readonly fieldsBytes: number;
  /** How long a text is good; null when that is not the text's to say: its record or its use case knows. */
  readonly lifetimeSeconds: number | null;
  readonly carriers: readonly Carrier[];
}

export type SealedName =
  | 'refreshToken'
  | 'sessionToken'
  | 'dbscIdentifier'
  | 'dbscChallenge'
  | 'dpopNonce'
  | 'loadMark';

/**
 * A nonce is good for the rest of its period and all of the next one. So a client that refreshes when its access token ends (300 s by
 * default) still holds a good one, and needs one request for it.
 */
export const noncePeriodSeconds = 300;

/** A browser loads the marked address as soon as it has the page. */
export const loadMarkSeconds = 60;

/** Every kind of text that `framingOf` writes. A refresh token as JWT has the framing of JOSE instead. */
export const sealedKinds: Readonly<Record<SealedName, SealedKind>> = {
  // Session id (16), generation (4), fork (1), secret (16).
  refreshToken: {
    prefix: 'prt_',
    fieldsBytes: 37,
    lifetimeSeconds: null,
    carriers: ['body', 'cookie'],
  },
  // Session id (16), secret (16).
  sessionToken: {
    prefix: 'pst_',
    fieldsBytes: 32,
    lifetimeSeconds: null,
    carriers: ['body', 'cookie', 'header'],
  },
  // Session id (16), secret (16). The browser's key stands behind it.
  dbscIdentifier: {
    prefix: 'pbs_',
    fieldsBytes: 32,
    lifetimeSeconds: null,
    carriers: ['body', 'header'],
  },
  // The instant as a double (8).
  dbscChallenge: {
    prefix: 'pbc_',
    fieldsBytes: 8,
    lifetimeSeconds: null,
    carriers: ['header'],
  },
  // The number of the period (4).
  dpopNonce: {
    prefix: 'pdn_',
    fieldsBytes: 4,
    lifetimeSeconds: 2 * noncePeriodSeconds,
    carriers: ['header'],
  },
  // The instant in whole seconds (6).
  loadMark: {
    prefix: 'plm_',
    fieldsBytes: 6,
    lifetimeSeconds: loadMarkSeconds,
    carriers: ['url'],
  },
};
