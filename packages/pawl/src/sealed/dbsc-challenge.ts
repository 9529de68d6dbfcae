import type { EpochSeconds } from '../base/clock.js';
import type { MacKey } from '../keys/index.js';
import { type FindMacKey, firstField, framingOf } from './framing.js';
import { sealedKinds } from './kinds.js';

/** What a challenge may be answered for. */
export type ChallengePurpose = 'registration' | 'refresh';

const framing = framingOf(sealedKinds.dbscChallenge);

/**
 * Writes a challenge for a browser's key: when it was issued, and a MAC over that, the purpose and the session. Nothing has to be stored,
 * and any node can check it.
 */
export function encodeDbscChallenge(
  purpose: ChallengePurpose,
  sessionId: string,
  issuedAt: EpochSeconds,
  key: MacKey,
): string {
  const write = (bytes: Buffer): unknown => bytes.writeDoubleBE(issuedAt, firstField);
  return framing.seal(key, write, contextOf(purpose, sessionId));
}

/**
 * When a challenge was issued; null when it is not ours, or is for another session or purpose.
 *
 * Does NOT judge its age.
 *
 * @param text - any text
 */
export function readDbscChallenge(
  text: string,
  purpose: ChallengePurpose,
  sessionId: string,
  findKey: FindMacKey,
): EpochSeconds | null {
  const opened = framing.open(text, findKey, contextOf(purpose, sessionId));
  return opened.kind === 'contents' ? opened.contents.readDoubleBE(firstField) : null;
}

function contextOf(purpose: ChallengePurpose, sessionId: string): Buffer {
  return Buffer.from(`${purpose} ${sessionId}`);
}
