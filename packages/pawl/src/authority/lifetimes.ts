import { PawlError } from '../errors.js';

/** A login that shall not be remembered ends after a day without use, where it would live for longer. */
const forgottenIdleSeconds = 86_400;

export interface Lifetimes {
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
}

/**
 * How long the session of a login lives: as configured, or for less.
 *
 * @throws PawlError `invalid_request` for more than is configured, and for what is no whole number of seconds
 */
export function lifetimesOf(
  options: Lifetimes,
  request: Partial<Lifetimes> & { readonly remember?: boolean },
): Lifetimes {
  const idleSeconds = within('idleSeconds', request.idleSeconds, options.idleSeconds);
  const absoluteSeconds = within('absoluteSeconds', request.absoluteSeconds, options.absoluteSeconds);
  return request.remember === false
    ? { idleSeconds: Math.min(idleSeconds, forgottenIdleSeconds), absoluteSeconds }
    : { idleSeconds, absoluteSeconds };
}

function within(name: string, value: number | undefined, most: number): number {
  if (value === undefined) return most;
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  const detail = `"${name}" must be a whole number of seconds from 1 to ${String(most)}, the configured limit.`;
  throw new PawlError('invalid_request', detail, { detail });
}
