import type { EpochSeconds } from '../../base/clock.js';
import { endedRetentionSeconds } from '../session-store.js';
import type { Connection } from './connection.js';
import type { RedisNode } from './client.js';
import type { Keys } from './keys.js';
import { sweepSessionsScript } from './session-scripts.js';

/** Entries of the key space that one command looks at. */
const scanEntries = 500;

/** Commands of one sweep. The servers give memory back by expiry already; this only gives some of it back sooner. */
const scansPerSweep = 8;

/**
 * Walks through the keys of the subjects, a part in each call. Expiry counts from the last end that a session can have; what
 * ended earlier, by logout, idleness or its subject's epoch, leaves here.
 */
export function createSweep(
  connection: Connection,
  keys: Keys,
): (now: EpochSeconds, limit: number) => Promise<number> {
  const cursors = new Map<number, string>();

  return async (now, limit) => {
    let deleted = 0;
    let scans = 0;
    await connection.onPrimaries(async (send, index) => {
      let cursor = cursors.get(index) ?? '0';
      do {
        const [next, found] = await scan(send, cursor, keys.everySubject);
        scans += 1;
        for (const key of found) {
          const args = [String(now - endedRetentionSeconds), String(limit - deleted)];
          deleted += Number(await connection.run(sweepSessionsScript, [key], args));
        }
        cursor = next;
        cursors.set(index, cursor);
      } while (cursor !== '0' && deleted < limit && scans < scansPerSweep);
      return deleted < limit && scans < scansPerSweep;
    });
    return deleted;
  };
}

async function scan(
  send: RedisNode['send'],
  cursor: string,
  pattern: string,
): Promise<readonly [string, readonly string[]]> {
  const reply = await send(['SCAN', cursor, 'MATCH', pattern, 'COUNT', String(scanEntries), 'TYPE', 'hash']);
  const [next, found] = reply as [unknown, readonly unknown[]];
  return [String(next), found.map(String)];
}
