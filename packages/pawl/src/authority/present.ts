import { hash } from 'node:crypto';
import { PawlError } from '../errors.js';
import { decodeRefreshToken, type FindRefreshKey, type RefreshContents } from '../tokens/index.js';
import type { Context } from './context.js';

/** A node that has not read the ring for this long may lack a key that another node already uses. */
export const ringStaleSeconds = 5;

/** A refresh token whose MAC holds, and what the store compares its secret with. */
export interface PresentedToken {
  readonly contents: RefreshContents;
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
export async function presentRefreshToken(context: Context, token: string): Promise<PresentedToken | null> {
  const findKey: FindRefreshKey = (id) => context.ring.findRefreshKey(id);
  let decoded = decodeRefreshToken(token, findKey);
  if (decoded.kind === 'unknown-key' && isRingStale(context)) {
    await context.ring.poll(context.now());
    decoded = decodeRefreshToken(token, findKey);
  }
  if (decoded.kind !== 'contents') return null;
  const { contents } = decoded;
  return { contents, secretHash: hashSecret(contents.secret.reveal()) };
}

/** Whether the ring in memory may lack keys of the shared one. */
function isRingStale(context: Context): boolean {
  return Math.abs(context.now() - context.ring.loadedAt()) > ringStaleSeconds;
}

/** Rejects when the ring is stale and stays so. */
export function requireFreshRing(context: Context): void {
  if (isRingStale(context)) {
    throw new PawlError(
      'store_unavailable',
      `the key ring was not read for more than ${String(ringStaleSeconds)} seconds`,
    );
  }
}
