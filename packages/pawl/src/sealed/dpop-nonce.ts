import type { EpochSeconds } from '../base/clock.js';
import type { MacKey } from '../keys/index.js';
import { type FindMacKey, firstField, framingOf } from './framing.js';
import { noncePeriodSeconds, sealedKinds } from './kinds.js';

const framing = framingOf(sealedKinds.dpopNonce);

/**
 * A server nonce for DPoP proofs: the current period of time, under a MAC of the key ring. Nothing is stored, and every node takes it.
 *
 * @see [RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449.html#section-8)
 */
export function encodeDpopNonce(key: MacKey, now: EpochSeconds): string {
  return framing.seal(key, (bytes) => bytes.writeUInt32BE(periodOf(now), firstField));
}

/** Whether a text is a nonce of this period, of the one before, or of the next one, which a node with a faster clock is in already. */
export function isDpopNonce(text: string, findKey: FindMacKey, now: EpochSeconds): boolean {
  const opened = framing.open(text, findKey);
  if (opened.kind !== 'contents') return false;
  return Math.abs(periodOf(now) - opened.contents.readUInt32BE(firstField)) <= 1;
}

function periodOf(now: EpochSeconds): number {
  return Math.floor(now / noncePeriodSeconds);
}
