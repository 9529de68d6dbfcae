import { isJsonObject, readJsonObject } from '../base/json-object.js';
import { PawlError } from '../errors.js';
import { isAccessAlgorithm } from '../jose/algorithms.js';
import { isKeyUse, keyUses } from './key-uses.js';
import { saltIds } from './sealed-part.js';
import type { Ring, RingEntry, SaltEntry } from './ring-state.js';

const format = 2;
const maxDocumentBytes = 256 * 1024;

/**
 * The text of the ring in the store.
 *
 * @throws PawlError `internal` when it exceeds what a document may hold
 */
export function serializeRing(ring: Ring): string {
  const text = JSON.stringify({ format, ...ring });
  if (Buffer.byteLength(text) > maxDocumentBytes) {
    throw new PawlError('internal', 'The key ring is full: too many keys are still accepted to add another.');
  }
  return text;
}

/**
 * Reads the text of the ring.
 *
 * Does NOT open the private parts.
 *
 * @throws PawlError `store_incompatible` when it is not a ring of this format
 */
export function parseRing(text: string): Ring {
  const value = readJsonObject(text);
  if (value?.['format'] !== format) {
    throw unreadable(`is not of format ${String(format)}: another version of Pawl has written it`);
  }
  const { revision, nextRefreshId, entries, salts } = value;
  if (
    !isInstant(revision) ||
    !isInstant(nextRefreshId) ||
    !Array.isArray(entries) ||
    !entries.every(isEntry) ||
    !Array.isArray(salts) ||
    !salts.every(isSalt)
  ) {
    throw unreadable('is damaged');
  }
  return { revision, nextRefreshId, entries, salts };
}

const states: readonly unknown[] = ['announced', 'active', 'retiring', 'retired', 'compromised'];

function isEntry(value: unknown): value is RingEntry {
  if (!isJsonObject(value) || typeof value['id'] !== 'string' || !states.includes(value['state']))
    return false;
  const { id, use, algorithm } = value;
  if (!isKeyUse(use)) return false;
  const matches =
    keyUses[use].material === 'pair'
      ? isAccessAlgorithm(algorithm)
      : algorithm === 'HS256' && /^[0-9a-f]{4}$/.test(id);
  return (
    matches &&
    isInstant(value['createdAt']) &&
    isInstant(value['activatesAt']) &&
    ['retiringAt', 'endsAt', 'compromisedAt'].every(
      (name) => value[name] === null || isInstant(value[name]),
    ) &&
    (value['sealed'] === null || isSealed(value['sealed']))
  );
}

function isSalt(value: unknown): value is SaltEntry {
  return isJsonObject(value) && saltIds.some((id) => id === value['id']) && isSealed(value['sealed']);
}

function isSealed(value: unknown): boolean {
  return isJsonObject(value) && typeof value['masterKeyId'] === 'string' && typeof value['data'] === 'string';
}

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function unreadable(problem: string): PawlError {
  return new PawlError('store_incompatible', `The key ring in the store ${problem}.`);
}
