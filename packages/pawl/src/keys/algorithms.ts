/** Signature algorithms of access tokens, by their JWS name (RFC 7518 §3.1, RFC 8037 §3.1). */
export type AccessAlgorithm = 'ES256' | 'EdDSA' | 'RS256' | 'PS256';
