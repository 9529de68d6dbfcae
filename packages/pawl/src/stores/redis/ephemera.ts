import type { EpochSeconds } from '../../base/clock.js';
import { checkedEphemera, type EphemeraStore } from '../ephemera.js';
import type { RedisConnection } from './connection.js';
import type { Keys } from './keys.js';
import { createScript } from './script.js';
import { fromLine, toLine } from './session-record.js';

// A value is kept as `1800000060.25 text`: its end and the text. The end is kept and compared, because the time that counts is the caller's;
// the server's own expiry only gives the memory back.
const standing = `
local known = redis.call('GET', KEYS[1])
local ends = known and string.match(known, '^%S+')
local function isOver(now) return not ends or tonumber(ends) <= tonumber(now) end
`;

/** ARGV: the value as it is kept, now, milliseconds to its end. Replies with 1 or 0. */
const putScript = createScript(
  'writes',
  `${standing}
if not isOver(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1
`,
);

/** Replies with the value as it is kept, or with nothing. */
const readScript = createScript('reads', `return redis.call('GET', KEYS[1])`);

/** The same, and it is gone. */
const takeScript = createScript('writes', `return redis.call('GETDEL', KEYS[1])`);

/** ARGV: expected text, text, now. Replies with 1 or 0. */
const swapScript = createScript(
  'writes',
  `${standing}
if isOver(ARGV[3]) or known ~= ends .. ' ' .. ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ends .. ' ' .. ARGV[2], 'KEEPTTL')
return 1
`,
);

export function createEphemera(connection: RedisConnection, keys: Keys): EphemeraStore {
  return checkedEphemera({
    async put(key, value, expiresAt, now) {
      const milliseconds = Math.max(1, Math.ceil((expiresAt - now) * 1000));
      const args = [`${String(expiresAt)} ${toLine(value)}`, String(now), String(milliseconds)];
      return (await connection.run(putScript, [keys.ephemeral(key)], args)) === 1;
    },
    read: async (key, now) => valueOf(await connection.run(readScript, [keys.ephemeral(key)], []), now),
    take: async (key, now) => valueOf(await connection.run(takeScript, [keys.ephemeral(key)], []), now),
    async swap(key, expected, value, now) {
      const args = [toLine(expected), toLine(value), String(now)];
      return (await connection.run(swapScript, [keys.ephemeral(key)], args)) === 1;
    },
  });
}

function valueOf(reply: unknown, now: EpochSeconds): string | null {
  if (reply === null) return null;
  const kept = reply as string;
  const at = kept.indexOf(' ');
  return Number(kept.slice(0, at)) <= now ? null : fromLine(kept.slice(at + 1));
}
