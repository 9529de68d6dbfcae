import { endedChildSeconds, maxEnded, maxOwed, owedSeconds } from '../session-family.js';
import { endedRetentionSeconds } from '../session-store.js';
import { unreadable } from './failure.js';

// KEYS[1] is always the hash with everything of one subject. It is the only key of a step: while a slot of a cluster is on its way to another
// server, no step with several keys is carried out there. Its fields:
//
//   s + session id               the record, whether the session lives or has ended
//   d + session id               its data
//   e + subject                  the epoch, and when it changed
//   c + subject, line, client    the client counter, and when it changed
//   l   the ids of the sessions that were not put among those that ended
//   r   the children that ended a moment ago: of each, until when it must be kept, and the id
//   w   the sessions whose client has still to be told: of each, until when it can be, and the id
//   o   the other sessions that ended: of each, when it ended, and the id
//
// In a list each id and each instant ends with a space, and the earliest instant stands first. Subjects with the same tag share a hash, so each
// script compares the subject. They share the lists and their bounds too: that happens to one pair of subjects in a billion.

/** A record of another version stops the script: records are read before anything is written. */
export const readRecords: string = `
local pattern = '^(%S+) (%S+) %S+ (%S+) ()%S %S+() (%S+)() (%S+)() %S+() (%S+) (%S+) (%S+) (%S+) %S+ %S+ (%S+) ([01])([01])()([01]) (%S+)\\n([^\\n]*)\\n([^\\n]*)\\n()([^\\n]*)()\\n[^\\n]*\\n()[^\\n]*$'
local function parse(text)
  local r = {text = text}
  r.generation, r.fork, r.rotated, r.seenAt, r.rotationEnd, r.used, r.usedEnd, r.revoked, r.revokedEnd, r.floorEnd,
    r.epoch, r.created, r.expires, r.idle, r.parent, r.offline, r.thirdParty, r.owedAt, r.owed, r.hash,
    r.subject, r.client, r.boundStart, r.bound, r.boundEnd, r.lastLine = string.match(text, pattern)
  return r.subject and r
end
local function read(text)
  return parse(text) or error({err = '${unreadable}'})
end
local function load(id)
  local text = redis.call('HGET', KEYS[1], 's' .. id)
  local r = text and read(text)
  if r then r.id = id end
  return r
end
local function numberIn(text)
  return tonumber(string.match(text, '^%d+') or 0)
end
local function changedAt(text)
  return tonumber(string.match(text, ' (%S+)$'))
end
local function epochText(subject)
  return redis.call('HGET', KEYS[1], 'e' .. subject) or ''
end
local function isRevoked(r, epoch)
  return r.revoked ~= '-' or tonumber(r.epoch) < epoch
end
local function lastUsed(r)
  return math.max(tonumber(r.rotated) or tonumber(r.created), tonumber(r.used) or 0)
end
local function idleEnd(r)
  return lastUsed(r) + tonumber(r.idle)
end
local function endedAt(r, epochIs)
  local at = math.min(tonumber(r.expires), idleEnd(r), tonumber(r.revoked) or math.huge)
  if tonumber(r.epoch) < numberIn(epochIs) then at = math.min(at, changedAt(epochIs)) end
  return at
end
local function isAlive(r, epoch, now)
  return not isRevoked(r, epoch) and now < tonumber(r.expires) and now < idleEnd(r)
end
`;

/** The sessions of a subject that were not put among those that ended. */
export const readLive: string = `
local function liveRecords(subject)
  local records = {}
  for id in string.gmatch(redis.call('HGET', KEYS[1], 'l') or '', '%S+') do
    local r = load(id)
    if r and r.subject == subject then records[#records + 1] = r end
  end
  return records
end
local function aliveOf(subject, epoch, now)
  local alive = {}
  for _, r in ipairs(liveRecords(subject)) do
    if isAlive(r, epoch, now) then alive[#alive + 1] = r end
  end
  return alive
end
`;

/** What changes a record. The text of `r` is the new one afterwards, and nothing else of it. */
export const changeRecords: string = `
local function save(r, text)
  r.text = text
  redis.call('HSET', KEYS[1], 's' .. r.id, text)
end
local function withRotation(r, rotation)
  return rotation .. string.sub(r.text, r.rotationEnd)
end
local function withKey(r, rotation, key)
  return rotation .. string.sub(r.text, r.rotationEnd, r.boundStart - 1) .. key .. string.sub(r.text, r.boundEnd)
end
local function withEnd(r, now)
  return string.sub(r.text, 1, r.usedEnd) .. now .. string.sub(r.text, r.revokedEnd)
end
`;

/**
 * WAIT confirms, from Redis 7.2 on, what its own connection has changed. A step that finds its end already made, by itself at a time when no
 * replica confirmed it, writes the same time to live again, so that there is something to confirm.
 */
export const writeAgain: string = `
local function writeAgain()
  local left = redis.call('PTTL', KEYS[1])
  if left > 0 then redis.call('PEXPIRE', KEYS[1], left) end
end
`;

const day = String(endedRetentionSeconds * 1000);

export const keepAtLeast: string = `
local function keepAtLeast(milliseconds)
  if redis.call('PTTL', KEYS[1]) < tonumber(milliseconds) then redis.call('PEXPIRE', KEYS[1], milliseconds) end
end
`;

export const incrementEpoch: string = `
local function incrementEpoch(subject, now)
  local text = string.format('%d ', numberIn(epochText(subject)) + 1) .. now
  redis.call('HSET', KEYS[1], 'e' .. subject, text)
  keepAtLeast(${day})
  return text
end
`;

export const raiseCounter: string = `
local function raiseCounter(subject, client, now)
  local field = 'c' .. subject .. '\\n' .. client
  local counter = numberIn(redis.call('HGET', KEYS[1], field) or '') + 1
  local text = string.format('%d ', math.max(counter, math.floor(tonumber(now)))) .. now
  redis.call('HSET', KEYS[1], field, text)
  keepAtLeast(${day})
  return text
end
`;

/** The lists. They are written once, by \`writeLists\`, however many sessions end. */
export const endedLists: string = `
local lists, changed = {}, {}
local function list(name)
  lists[name] = lists[name] or redis.call('HGET', KEYS[1], name) or ''
  return lists[name]
end
local function setList(name, text)
  lists[name], changed[name] = text, true
end
local function writeLists()
  for name in pairs(changed) do
    if lists[name] == '' then redis.call('HDEL', KEYS[1], name) else redis.call('HSET', KEYS[1], name, lists[name]) end
  end
end
local function count(name)
  return select(2, string.gsub(list(name), '%S+ %S+ ', ''))
end
local function take(name, isTaken)
  local kept, taken = {}, {}
  for at, id in string.gmatch(list(name), '(%S+) (%S+) ') do
    if isTaken(tonumber(at), id, #kept + #taken + 1) then
      taken[#taken + 1] = {at = tonumber(at), id = id}
    else
      kept[#kept + 1] = at .. ' ' .. id .. ' '
    end
  end
  if #taken > 0 then setList(name, table.concat(kept)) end
  return taken
end
local function insert(name, at, id)
  local text, place = list(name), 1
  -- Almost always it belongs at the end, where no more than the last entry is looked at.
  local last = string.match(text, '(%S+) %S+ $', -60)
  if last and tonumber(last) <= at then place = #text + 1 end
  for other, after in string.gmatch(place == 1 and text or '', '(%S+) %S+ ()') do
    if tonumber(other) <= at then place = after end
  end
  setList(name, string.sub(text, 1, place - 1) .. string.format('%.17g ', at) .. id .. ' ' .. string.sub(text, place))
end
local function cutLive(id)
  local first, last = string.find(list('l'), id .. ' ', 1, true)
  if first then setList('l', string.sub(list('l'), 1, first - 1) .. string.sub(list('l'), last + 1)) end
  return first
end
`;

/** Sessions among those that ended, and of these as many as are kept. */
export const keepEnded: string = `
local function owes(r, at)
  return r.owed == '1' and at < tonumber(r.expires) and at < idleEnd(r)
end
local function release(at, id)
  if string.find(list('r'), id, 1, true) or string.find(list('w'), id, 1, true) then return end
  insert('o', at, id)
end
local function releaseOwed(isOver)
  for _, entry in ipairs(take('w', isOver)) do release(entry.at - ${String(owedSeconds)}, entry.id) end
end
local function putAmongEnded(r, at)
  if not cutLive(r.id) then take('o', function(_, id) return id == r.id end) end
  if r.parent ~= '-' then insert('r', at + ${String(endedChildSeconds)}, r.id) end
  if owes(r, at) then insert('w', at + ${String(owedSeconds)}, r.id) end
  release(at, r.id)
end
local function prune(now)
  for _, entry in ipairs(take('r', function(at) return at <= now end)) do release(entry.at, entry.id) end
  local owed = count('w')
  releaseOwed(function(at, _, index) return at <= now or index <= owed - ${String(maxOwed)} end)
  for _ = 1, count('o') - ${String(maxEnded)} do
    local id, after = string.match(list('o'), '^%S+ (%S+) ()')
    setList('o', string.sub(list('o'), after))
    redis.call('HDEL', KEYS[1], 's' .. id, 'd' .. id)
  end
end
`;

/** Ends sessions, and with each its children. Replies with all their ids. */
const endSessions: string = `
local function endAll(sessions, alive, now)
  local ids, isEnded = {}, {}
  local function endOne(r)
    if isEnded[r.id] then return end
    ids[#ids + 1], isEnded[r.id] = r.id, true
    putAmongEnded(r, tonumber(now))
    redis.call('HDEL', KEYS[1], 'd' .. r.id)
    save(r, withEnd(r, now))
  end
  for _, r in ipairs(sessions) do
    endOne(r)
    for _, other in ipairs(r.parent == '-' and alive or {}) do
      if other.parent == r.id and other.offline == '0' then endOne(other) end
    end
  end
  prune(tonumber(now))
  writeLists()
  return ids
end
`;

/** Everything that a script needs to end sessions. */
export const ending: string = [
  readRecords,
  readLive,
  changeRecords,
  endedLists,
  keepEnded,
  endSessions,
  writeAgain,
].join('');
