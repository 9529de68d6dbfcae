import { eventRetentionSeconds, maxIndexedEntries } from '../event-log.js';
import { createScript, type Script } from './script.js';

// KEYS[1] is the stream of the log. An entry is: at, subject, session, body, each behind its name. Beside it there is a list for each subject and
// each session with the ids of its entries, oldest first. All of them are in one slot.

const index = `
local function before(left, right)
  local leftTime, leftCount = string.match(left, '^(%d+)%-(%d+)$')
  local rightTime, rightCount = string.match(right, '^(%d+)%-(%d+)$')
  if leftTime ~= rightTime then return tonumber(leftTime) < tonumber(rightTime) end
  return tonumber(leftCount) < tonumber(rightCount)
end
`;

/** Ids of entries that are gone leave the lists with the others that are as old as they: each is looked at once. */
const prune = `
local function prune(list)
  local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  local id = redis.call('LRANGE', list, 0, 0)[1]
  while id and (not oldest or before(id, oldest[1])) do
    redis.call('LTRIM', list, 1, -1)
    id = redis.call('LRANGE', list, 0, 0)[1]
  end
end
`;

/**
 * ARGV: the most entries that the stream may ever have; at, subject, session, body of each entry, and which of KEYS are the lists of its subject and
 * its session, 0 for none. Replies with how many entries there are.
 */
export const appendScript: Script = createScript(
  'writes',
  `${index}${prune}
for i = 2, #ARGV, 6 do
  local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*',
    'at', ARGV[i], 'subject', ARGV[i + 1], 'session', ARGV[i + 2], 'body', ARGV[i + 3])
  for j = i + 4, i + 5 do
    if ARGV[j] ~= '0' then redis.call('RPUSH', KEYS[tonumber(ARGV[j])], id) end
  end
end
for i = 2, #KEYS do
  redis.call('LTRIM', KEYS[i], -${String(maxIndexedEntries)}, -1)
  prune(KEYS[i])
  redis.call('PEXPIRE', KEYS[i], '${String(eventRetentionSeconds * 1000)}')
end
return redis.call('XLEN', KEYS[1])
`,
);

/** ARGV: first id, limit. */
export const readScript: Script = createScript(
  'reads',
  `return redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])`,
);

/**
 * KEYS[2]: the list of a subject or a session. ARGV: id to read behind, limit, subject and session as they are kept or `-` for any, the least instant.
 * What the list names and the stream has no more is skipped.
 */
export const readListedScript: Script = createScript(
  'reads',
  `${index}
local ids, found = redis.call('LRANGE', KEYS[2], 0, -1), {}
local first, last = 1, ARGV[1] == '' and 1 or #ids + 1
while first < last do
  local middle = math.floor((first + last) / 2)
  if before(ARGV[1], ids[middle]) then last = middle else first = middle + 1 end
end
for i = first, #ids do
  if #found >= tonumber(ARGV[2]) then break end
  local entry = redis.call('XRANGE', KEYS[1], ids[i], ids[i])[1]
  if entry and (ARGV[3] == '-' or entry[2][4] == ARGV[3]) and (ARGV[4] == '-' or entry[2][6] == ARGV[4])
    and tonumber(entry[2][2]) >= tonumber(ARGV[5]) then found[#found + 1] = entry end
end
return found
`,
);

/** ARGV: limit. Newest first. */
export const tailScript: Script = createScript(
  'reads',
  `return redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[1])`,
);

/** ARGV: first id, limit, cutoff. Replies with how many entries it looked at, the last of them, and id, subject and session of those that are old. */
export const oldScript: Script = createScript(
  'reads',
  `
local entries, old = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2]), {}
for _, entry in ipairs(entries) do
  if tonumber(entry[2][2]) <= tonumber(ARGV[3]) then
    old[#old + 1] = {entry[1], entry[2][4], entry[2][6]}
  end
end
return {#entries, #entries > 0 and entries[#entries][1] or '', old}
`,
);

/** KEYS: the lists that name the entries. ARGV: ids of entries. Replies with the number deleted. */
export const deleteScript: Script = createScript(
  'writes',
  `${index}${prune}
local deleted = 0
for _, id in ipairs(ARGV) do deleted = deleted + redis.call('XDEL', KEYS[1], id) end
for i = 2, #KEYS do prune(KEYS[i]) end
return deleted
`,
);

/**
 * ARGV: instant. Replies with the first millisecond of the stream's ids whose entries may be of the instant or later: entries are added in the
 * order of their instants but for the disorder, so halving finds it. The clock of Redis, which ids begin with, may be any.
 */
export const seekScript: Script = createScript(
  'reads',
  `
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not newest then return '-' end
local function millisecond(entry) return tonumber(string.match(entry[1], '^%d+')) end
local low = millisecond(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1])
local high = millisecond(newest)
while low < high do
  local middle = math.floor((low + high) / 2)
  local entry = redis.call('XRANGE', KEYS[1], string.format('%.0f', middle), '+', 'COUNT', 1)[1]
  if tonumber(entry[2][2]) < tonumber(ARGV[1]) then low = middle + 1 else high = middle end
end
-- Entries of one millisecond are in order too, and only the first of them was looked at.
return string.format('%.0f', math.max(0, low - 1))
`,
);
