import { PawlError } from '../errors.js';
import { type Binding, unbound } from '../rotation/binding.js';

const kinds = ['dpop', 'cookie', 'browser'] as const;

/** A binding as a store writes it: the kind, a colon and the thumbprint; null for none. */
export function bindingText(binding: Binding): string | null {
  return binding.kind === 'none' ? null : `${binding.kind}:${binding.jkt}`;
}

/**
 * The binding that a store wrote.
 *
 * @throws PawlError `store_incompatible` for a text that this version does not write
 */
export function bindingFrom(text: string | null): Binding {
  if (text === null) return unbound;
  const kind = kinds.find((known) => text.startsWith(`${known}:`));
  if (kind === undefined) throw unreadableRecord();
  return { kind, jkt: text.slice(kind.length + 1) };
}

/** The error of a record that another version wrote. */
export function unreadableRecord(): PawlError {
  return new PawlError(
    'store_incompatible',
    'The record of a session was not written by this version of Pawl: it cannot be read.',
  );
}
