import type { EpochSeconds } from '../../base/clock.js';
import { endedRetentionSeconds } from '../session-store.js';
import type { RedisConnection } from './connection.js';
import type { RedisNode } from './access.js';
import type { Keys } from './keys.js';
import { createScript } from './script.js';
import { endedLists, readRecords } from './session-lua.js';

/** Entries of the key space that one command looks at. */
const scanEntries = 500;

/** Commands of one sweep. The servers give memory back by expiry already; this only gives some of it back sooner. */
const scansPerSweep = 8;

/**
 * Deletes the sessions that ended at `cutoff` or before, epochs of that age that no session needs, and counters of that age. ARGV: cutoff, most
 * sessions, now. Replies with the number of sessions deleted. A hash with a record of another version, whose epoch nobody can tell, is left alone.
 */
const sweepScript = createScript(
  'writes',
  `${readRecords}${endedLists}
local cutoff, most, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local all, epochs, records, isParent, isNeeded, gone, deleted = redis.call('HGETALL', KEYS[1]), {}, {}, {}, {}, {}, 0
for i = 1, #all, 2 do
  local kind, name = string.sub(all[i], 1, 1), string.sub(all[i], 2)
  if kind == 'e' then epochs[name] = all[i + 1] end
  if kind == 's' then
    local r = parse(all[i + 1])
    if not r then return 0 end
    r.id = name
    records[#records + 1] = r
  end
end
for _, r in ipairs(records) do
  r.epochIs = epochs[r.subject] or ''
  if r.offline == '0' and isAlive(r, numberIn(r.epochIs), now) then isParent[r.parent] = true end
end
for _, r in ipairs(records) do
  if deleted < most and endedAt(r, r.epochIs) <= cutoff and not isParent[r.id] then
    gone[r.id], deleted = true, deleted + 1
  else
    isNeeded[r.subject] = true
  end
end
for i = 1, #all, 2 do
  local kind, name = string.sub(all[i], 1, 1), string.sub(all[i], 2)
  if kind == 'c' or (kind == 'e' and not isNeeded[name]) then
    if changedAt(all[i + 1]) <= cutoff then redis.call('HDEL', KEYS[1], all[i]) end
  end
end
for _, name in ipairs({'r', 'w', 'o'}) do
  take(name, function(_, id) return gone[id] end)
end
for id in pairs(gone) do
  cutLive(id)
  redis.call('HDEL', KEYS[1], 's' .. id, 'd' .. id)
end
writeLists()
return deleted
`,
);

/**
 * Walks through the keys of the subjects, a part in each call. Expiry counts from the last end that a session can have; what
 * ended earlier, by logout, idleness or its subject's epoch, leaves here.
 */
export function createSweep(
  connection: RedisConnection,
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
          const args = [String(now - endedRetentionSeconds), String(limit - deleted), String(now)];
          deleted += Number(await connection.run(sweepScript, [key], args));
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
