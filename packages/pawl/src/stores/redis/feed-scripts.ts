import { createScript, type Script } from './script.js';

// KEYS[1] is the stream of the feed, KEYS[2] the sorted set of the steps that were announced and have not said yet what they ended.
// An entry of the stream is: mark, previous mark, kind, name, epoch, at, each behind its name.

/** ARGV: the announcement, `now`. */
export const announceScript: Script = createScript(
  'writes',
  `return redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])`,
);

/** ARGV: the announcement that this answers, or ''; mark, kind, name, epoch and at of each entry. */
export const publishScript: Script = createScript(
  'writes',
  `
redis.call('ZREM', KEYS[2], ARGV[1])
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local previous = newest and newest[2][2] or ''
for i = 2, #ARGV, 5 do
  redis.call('XADD', KEYS[1], '*', 'mark', ARGV[i], 'previous', previous,
    'kind', ARGV[i + 1], 'name', ARGV[i + 2], 'epoch', ARGV[i + 3], 'at', ARGV[i + 4])
  previous = ARGV[i]
end
`,
);

/** ARGV: position to read behind, most entries, most announcements. Replies with the entries, the newest one, and announcements. */
export const readFeedScript: Script = createScript(
  'reads',
  `
return {
  redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2]),
  redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1),
  redis.call('ZRANGE', KEYS[2], 0, ARGV[3])
}
`,
);

/** ARGV: before, most entries. Replies with the number deleted. */
export const trimFeedScript: Script = createScript(
  'writes',
  `
local newest, deleted = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1], 0
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[2])) do
  if tonumber(entry[2][12]) > tonumber(ARGV[1]) or entry[1] == newest[1] then break end
  deleted = deleted + redis.call('XDEL', KEYS[1], entry[1])
end
return deleted
`,
);
