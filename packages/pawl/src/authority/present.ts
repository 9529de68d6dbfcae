import { hash } from 'node:crypto';
import { type DbscIdentifierContents, decodeDbscIdentifier } from '../sealed/dbsc-identifier.js';
import type { Decoded, FindMacKey } from '../sealed/framing.js';
import type { RefreshContents } from '../sealed/refresh-codec.js';
import { decodeRefreshToken } from '../sealed/refresh-token.js';
import { decodeSessionToken, type SessionTokenContents } from '../sealed/session-token.js';
import type { Context } from './context.js';
import { isRingStale } from './ring-freshness.js';

/** A token whose MAC holds, and what the store compares its secret with. */
export interface AuthenticToken<Contents extends SessionTokenContents = RefreshContents> {
  readonly contents: Contents;
  /** SHA-256 of the secret, base64url. */
  readonly secretHash: string;
}

/** SHA-256 of a session's secret, base64url: all that is stored of it. */
export function hashSecret(secret: Buffer): string {
  return hash('sha256', secret, 'base64url');
}

/**
 * Reads a refresh token without touching the session store; null when it is none of ours.
 *
 * @throws PawlError `store_unavailable` when the token names a key that this node does not know, and the node cannot
 * make sure that the key does not exist: refusing would log an honest user out
 */
export async function presentRefreshToken(context: Context, token: string): Promise<AuthenticToken | null> {
  return present(context, (findKey) => decodeRefreshToken(token, findKey));
}

/**
 * Reads a session token without touching the session store; null when it is none of ours.
 *
 * @throws PawlError `store_unavailable` as `presentRefreshToken`
 */
export async function presentSessionToken(
  context: Context,
  token: string,
): Promise<AuthenticToken<SessionTokenContents> | null> {
  return present(context, (findKey) => decodeSessionToken(token, findKey));
}

/**
 * Reads the identifier of a device bound session without touching the session store; null when it is none of ours.
 *
 * @throws PawlError `store_unavailable` as `presentRefreshToken`
 */
export async function presentDbscIdentifier(
  context: Context,
  identifier: string,
): Promise<AuthenticToken<DbscIdentifierContents> | null> {
  return present(context, (findKey) => decodeDbscIdentifier(identifier, findKey));
}

async function present<Contents extends SessionTokenContents>(
  context: Context,
  decode: (findKey: FindMacKey) => Decoded<Contents>,
): Promise<AuthenticToken<Contents> | null> {
  const findKey: FindMacKey = (id) => context.ring.findRefreshKey(id);
  let decoded = decode(findKey);
  if (decoded.kind === 'unknown-key' && isRingStale(context.ring, context.now())) {
    await context.ring.poll(context.now());
    decoded = decode(findKey);
  }
  if (decoded.kind !== 'contents') return null;
  const { contents } = decoded;
  return { contents, secretHash: hashSecret(contents.secret.reveal()) };
}
