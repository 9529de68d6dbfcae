import type { ReplayStore } from '../replay-store.js';
import type { RedisConnection } from './connection.js';
import type { Keys } from './keys.js';
import { createScript } from './script.js';

/**
 * ARGV: instant of expiry, now, milliseconds in between. Replies with 1 or 0. The instant is kept and compared, because the time that counts is the
 * caller's; the server's own expiry only gives the memory back.
 */
const rememberScript = createScript(
  'writes',
  `
local known = redis.call('GET', KEYS[1])
if known and tonumber(known) > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1
`,
);

export function createReplays(connection: RedisConnection, keys: Keys): ReplayStore {
  return {
    async remember(key, expiresAt, now) {
      const milliseconds = Math.max(1, Math.ceil((expiresAt - now) * 1000));
      const args = [String(expiresAt), String(now), String(milliseconds)];
      return (await connection.run(rememberScript, [keys.replay(key)], args)) === 1;
    },
  };
}
