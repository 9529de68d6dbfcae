import type { EpochSeconds } from '../base/clock.js';
import { PawlError } from '../errors.js';

/** The largest value of {@link EphemeraStore}, in UTF-8. */
export const maxEphemeralBytes = 16_384;

/** The longest that {@link EphemeraStore} has to keep anything. */
export const maxEphemeralSeconds = 86_400;

/**
 * Small values with an end: what a login, a code or a challenge needs for minutes. A value that has expired at `now` never answers, whether
 * or not it was swept. A crash may lose values, and what was written or taken last may come back as it was.
 *
 * Every method rejects with `internal`, and nothing is written, where a parameter breaks its rule:
 * - a key is 1 to 128 characters of base64url and `:`
 * - a value is any text of at most {@link maxEphemeralBytes} in UTF-8
 * - an end is at most {@link maxEphemeralSeconds} after `now`
 */
export interface EphemeraStore {
  /**
   * Writes the value and resolves to true, unless one that has not expired stands under the key: then to false, and nothing changed. After an
   * unknown outcome a repetition may resolve to false.
   */
  put(key: string, value: string, expiresAt: EpochSeconds, now: EpochSeconds): Promise<boolean>;
  /** Null when there is none, or it has expired. */
  read(key: string, now: EpochSeconds): Promise<string | null>;
  /** Reads and removes in one step: one of any number of calls gets the value, the others null. After an unknown outcome it may be gone. */
  take(key: string, now: EpochSeconds): Promise<string | null>;
  /**
   * Replaces the value when it is exactly `expected` and has not expired; its end stays. Resolves to whether it did: of any number of calls with
   * one expected value and others in its place, one does. After an unknown outcome a repetition may resolve to false.
   */
  swap(key: string, expected: string, value: string, now: EpochSeconds): Promise<boolean>;
}

const keyFormat = /^[\w:-]{1,128}$/;

/** The same port, with the rules of the parameters kept before the store is asked. */
export function checkedEphemera(port: EphemeraStore): EphemeraStore {
  return {
    async put(key, value, expiresAt, now) {
      checkKey(key);
      checkValue(value);
      if (!(expiresAt <= now + maxEphemeralSeconds)) throw refused('an ephemeral value ends within a day');
      return port.put(key, value, expiresAt, now);
    },
    async read(key, now) {
      checkKey(key);
      return port.read(key, now);
    },
    async take(key, now) {
      checkKey(key);
      return port.take(key, now);
    },
    async swap(key, expected, value, now) {
      checkKey(key);
      checkValue(value);
      return port.swap(key, expected, value, now);
    },
  };
}

function checkKey(key: string): void {
  if (!keyFormat.test(key)) {
    throw refused('keys of ephemeral values must be 1 to 128 characters of base64url and ":"');
  }
}

function checkValue(value: string): void {
  if (Buffer.byteLength(value) > maxEphemeralBytes) {
    throw refused(`ephemeral values must have at most ${String(maxEphemeralBytes)} bytes`);
  }
}

function refused(rule: string): PawlError {
  return new PawlError('internal', rule);
}
