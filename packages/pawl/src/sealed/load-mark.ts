import type { EpochSeconds } from '../base/clock.js';
import type { MacKey } from '../keys/index.js';
import { type FindMacKey, firstField, framingOf } from './framing.js';
import { loadMarkSeconds, sealedKinds } from './kinds.js';

const framing = framingOf(sealedKinds.loadMark);

const instantBytes = 6;

/** A mark for the address of a page that the own page makes the browser load again: the instant, under a MAC of the key ring. Nothing is stored. */
export function encodeLoadMark(key: MacKey, now: EpochSeconds): string {
  return framing.seal(key, (bytes) => bytes.writeUIntBE(Math.floor(now), firstField, instantBytes));
}

/** Whether a text is a mark of the last 60 seconds. */
export function isLoadMark(text: string, findKey: FindMacKey, now: EpochSeconds): boolean {
  const opened = framing.open(text, findKey);
  if (opened.kind !== 'contents') return false;
  return Math.abs(now - opened.contents.readUIntBE(firstField, instantBytes)) <= loadMarkSeconds;
}
