import type { EpochSeconds } from '../base/clock.js';

/** What an application keeps beside a session. */
export interface StoredData {
  /** 0 before the first write, plus 1 with each. */
  readonly version: number;
  /** Null before the first write. */
  readonly value: string | null;
}

/** What a write of data did. `ended`: there is no live session with the id. */
export type DataOutcome = 'written' | 'conflict' | 'ended';

/** Where applications keep data of live sessions: one text each (at most 16 KiB), which goes when the session's record does. */
export interface DataStore {
  /** The data of a session that is alive at `now`, not ended and not expired; null for any other. */
  read(sessionId: string, now: EpochSeconds): Promise<StoredData | null>;
  /**
   * Writes, in one step, when the session is alive at `now` and the data's version is `expectedVersion` (0: there is none). A late write so
   * finds the session ended, changes nothing and leaves nothing behind. A crash may lose a write that was answered.
   */
  write(sessionId: string, expectedVersion: number, value: string, now: EpochSeconds): Promise<DataOutcome>;
}
