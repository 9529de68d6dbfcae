import { maxGeneration } from '../../rotation/session.js';
import { policyTexts } from '../policy-text.js';
import { unreadable } from './failure.js';
import { createScript, type Script } from './script.js';

// KEYS[1] is always the hash with everything of one subject: a field `s` + session id per session, a field `d` + session id for its data,
// a field `e` + subject for the epoch. Subjects with the same tag share a hash, so each script compares the subject.

/** A record of another version stops the script: `read` is called before anything is written. */
export const readRecord: string = `
local pattern = '^%S+ %S+ %S+ (%S+) %S %S+() (%S+)() %S+ (%S+) (%S+) (%S+) (%S+) %S+ %S+ (%S+)\\n([^\\n]*)\\n([^\\n]*)\\n()([^\\n]*)()\\n[^\\n]*\\n[^\\n]*$'
local function parse(record)
  local r = {text = record}
  r.rotated, r.rotationEnd, r.revoked, r.revokedEnd, r.epoch, r.created, r.expires, r.idle,
    r.hash, r.subject, r.client, r.boundStart, r.bound, r.boundEnd = string.match(record, pattern)
  return r.subject and r
end
local function read(record)
  return parse(record) or error({err = '${unreadable}'})
end
local function epochText(subject)
  return redis.call('HGET', KEYS[1], 'e' .. subject) or ''
end
local function epochOf(text)
  return tonumber(string.match(text, '^%d+') or 0)
end
local function isRevoked(r, epoch)
  return r.revoked ~= '-' or tonumber(r.epoch) < epoch
end
local function idleEnd(r)
  return tonumber(r.rotated == '-' and r.created or r.rotated) + tonumber(r.idle)
end
local function isExpired(r, now)
  return now >= tonumber(r.expires) or now >= idleEnd(r)
end
local function withRotation(r, rotation)
  return rotation .. string.sub(r.text, r.rotationEnd)
end
local function withKey(r, rotation, key)
  return rotation .. string.sub(r.text, r.rotationEnd, r.boundStart - 1) .. key .. string.sub(r.text, r.boundEnd)
end
local function withEnd(r, now)
  return string.sub(r.text, 1, r.rotationEnd) .. now .. string.sub(r.text, r.revokedEnd)
end
`;

/**
 * WAIT confirms, from Redis 7.2 on, what its own connection has changed. A step that finds its end already made, by itself at a time when no
 * replica confirmed it, writes the same again, so that there is something to confirm.
 */
const writeAgain = `
local function writeAgain(field, text)
  redis.call('HSET', KEYS[1], field, text)
end
`;

const keepAtLeast = `
local function keepAtLeast(milliseconds)
  if redis.call('PTTL', KEYS[1]) < tonumber(milliseconds) then redis.call('PEXPIRE', KEYS[1], milliseconds) end
end
`;

/** All sessions of a subject, each with the name of its field. */
const recordsOf = `
local function recordsOf(subject)
  local all, records = redis.call('HGETALL', KEYS[1]), {}
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 1) == 's' then
      local r = read(all[i + 1])
      r.field = all[i]
      if r.subject == subject then records[#records + 1] = r end
    end
  end
  return records
end
`;

/** ids in bytes, because the order of Lua's \`<\` is that of the server's locale. */
const byAge = `
local function isOlder(a, b)
  local left, right = tonumber(a.created), tonumber(b.created)
  if left ~= right then return left < right end
  for i = 1, #a.field do
    local x, y = string.byte(a.field, i), string.byte(b.field, i) or 0
    if x ~= y then return x < y end
  end
  return false
end
`;

const incrementEpoch = `
local function incrementEpoch(subject, now)
  local text = string.format('%d ', epochOf(epochText(subject)) + 1) .. now
  redis.call('HSET', KEYS[1], 'e' .. subject, text)
  return text
end
`;

/**
 * The guard of `rotate`, and the rotation. ARGV: field, generation, fork, secret hash, line of the proof, `=` and a client or '', now,
 * rotation as it will be. Replies with 1 or 0, the record after the step, the epoch; with nothing for an unknown session. The words of a
 * policy are asked for because a record with others, which cannot be read, must not be moved either.
 */
export const rotateScript: Script = createScript(
  'writes',
  `
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record then return false end
local generation, fork, rotated, rotationEnd, revoked, epoch, created, expires, idle, window, policy, hash, subject, client, bound =
  string.match(record, '^(%S+) (%S+) %S+ (%S+) %S %S+() (%S+) %S+ (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)\\n([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n[^\\n]*\\n[^\\n]*$')
if not subject then error({err = '${unreadable}'}) end
local epochText = redis.call('HGET', KEYS[1], 'e' .. subject) or ''
local now = tonumber(ARGV[7])
window = tonumber(window)
if generation ~= ARGV[2] or fork ~= ARGV[3] or hash ~= ARGV[4]
  or revoked ~= '-' or tonumber(epoch) < tonumber(string.match(epochText, '^%d+') or 0)
  or now >= tonumber(expires) or now >= tonumber(rotated == '-' and created or rotated) + tonumber(idle)
  or tonumber(generation) >= ${String(maxGeneration)}
  or (bound ~= '-' and bound ~= ARGV[5])
  or (ARGV[6] ~= '' and client ~= string.sub(ARGV[6], 2))
  or (rotated ~= '-' and window ~= 0 and now - tonumber(rotated) < window)
  or not string.find(${JSON.stringify(` ${policyTexts.join(' ')} `)}, ' ' .. policy .. ' ', 1, true)
then return {0, record, epochText} end
record = ARGV[8] .. string.sub(record, rotationEnd)
redis.call('HSET', KEYS[1], ARGV[1], record)
return {1, record, epochText}
`,
);

/** ARGV: field. Replies with the record and the epoch, or with nothing. */
export const findScript: Script = createScript(
  'reads',
  `${readRecord}
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record then return false end
return {record, epochText(read(record).subject)}
`,
);

/** ARGV: the field of the epoch. Replies with the epoch, or with nothing. */
export const epochScript: Script = createScript('reads', `return redis.call('HGET', KEYS[1], ARGV[1])`);

/** Replies with fields and values in turns, but for data. */
export const allScript: Script = createScript(
  'reads',
  `
local all, kept = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #all, 2 do
  if string.sub(all[i], 1, 1) ~= 'd' then
    kept[#kept + 1] = all[i]
    kept[#kept + 1] = all[i + 1]
  end
end
return kept
`,
);

/**
 * ARGV: field, secret hash, subject, the record before and after its epoch, most sessions, now, milliseconds to keep it, 1 when ends are
 * announced. Replies with the record, the epoch and the ended fields; with nothing when another session has the id; with 0, having done
 * nothing, when it would end others and that is not announced.
 */
export const createSessionScript: Script = createScript(
  'writes',
  `${readRecord}${recordsOf}${writeAgain}${keepAtLeast}${byAge}
local field, hash, subject, now = ARGV[1], ARGV[2], ARGV[3], ARGV[7]
local known = redis.call('HGET', KEYS[1], field)
local epochIs = epochText(subject)
if known then
  if read(known).hash ~= hash then return false end
  writeAgain(field, known)
  return {known, epochIs, {}}
end
local epoch = epochOf(epochIs)
local record = ARGV[4] .. string.format('%d', epoch) .. ARGV[5]
local most, others, endedFields = tonumber(ARGV[6]), {}, {}
if redis.call('HLEN', KEYS[1]) >= most then
  for _, r in ipairs(recordsOf(subject)) do
    if not isRevoked(r, epoch) and not isExpired(r, tonumber(now)) then others[#others + 1] = r end
  end
end
local surplus = #others + 1 - most
if surplus > 0 and ARGV[9] ~= '1' then return 0 end
redis.call('HSET', KEYS[1], field, record)
keepAtLeast(ARGV[8])
table.sort(others, isOlder)
for i = 1, surplus do
  redis.call('HSET', KEYS[1], others[i].field, withEnd(others[i], now))
  endedFields[i] = others[i].field
end
return {record, epochIs, endedFields}
`,
);

/**
 * ARGV: field, rotation as it was read, kind of change, rotation as it will be or '', now, milliseconds to keep an epoch, the line of a binding or ''.
 * Replies with 1 or 0, the record after the step and the epoch; with nothing for an unknown session.
 */
export const applyScript: Script = createScript(
  'writes',
  `${readRecord}${writeAgain}${keepAtLeast}${incrementEpoch}
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record then return false end
local r = read(record)
local epochIs = epochText(r.subject)
if isRevoked(r, epochOf(epochIs)) or string.sub(record, 1, r.rotationEnd - 1) ~= ARGV[2]
  or (ARGV[3] == 'bind' and r.bound ~= '-' and r.bound ~= ARGV[7])
then
  if ARGV[3] ~= 'advance' then writeAgain(ARGV[1], record) end
  return {0, record, epochIs}
end
if ARGV[3] == 'revoke-subject' then
  epochIs = incrementEpoch(r.subject, ARGV[5])
  keepAtLeast(ARGV[6])
elseif ARGV[3] == 'bind' then
  record = withKey(r, ARGV[4], ARGV[7])
  redis.call('HSET', KEYS[1], ARGV[1], record)
else
  record = ARGV[3] == 'advance' and withRotation(r, ARGV[4]) or withEnd(r, ARGV[5])
  redis.call('HSET', KEYS[1], ARGV[1], record)
end
return {1, record, epochIs}
`,
);

/** ARGV: field, `=` and a secret hash or '', now. Replies with the record after its end and the epoch, or with nothing. */
export const revokeSessionScript: Script = createScript(
  'writes',
  `${readRecord}${writeAgain}
local record = redis.call('HGET', KEYS[1], ARGV[1])
if not record then return false end
local r = read(record)
local epochIs = epochText(r.subject)
if ARGV[2] ~= '' and r.hash ~= string.sub(ARGV[2], 2) then return false end
if isRevoked(r, epochOf(epochIs)) then
  writeAgain(ARGV[1], record)
  if epochIs ~= '' then writeAgain('e' .. r.subject, epochIs) end
  return false
end
record = withEnd(r, ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], record)
return {record, epochIs}
`,
);

/** ARGV: subject, now, milliseconds to keep an epoch. Replies with the new epoch. */
export const revokeSubjectScript: Script = createScript(
  'writes',
  `${readRecord}${keepAtLeast}${incrementEpoch}
local text = incrementEpoch(ARGV[1], ARGV[2])
keepAtLeast(ARGV[3])
return text
`,
);

/** ARGV: subject, the field to keep, now. Replies with the ended fields. */
export const revokeOthersScript: Script = createScript(
  'writes',
  `${readRecord}${recordsOf}${writeAgain}
local epoch, endedFields = epochOf(epochText(ARGV[1])), {}
for _, r in ipairs(recordsOf(ARGV[1])) do
  if r.field ~= ARGV[2] and isRevoked(r, epoch) then
    writeAgain(r.field, r.text)
  elseif r.field ~= ARGV[2] then
    redis.call('HSET', KEYS[1], r.field, withEnd(r, ARGV[3]))
    endedFields[#endedFields + 1] = r.field
  end
end
return endedFields
`,
);

/**
 * Deletes the sessions that ended at \`cutoff\` or before, and epochs of that age that no session needs. ARGV: cutoff, most
 * sessions. Replies with the number of sessions deleted. A hash with a record of another version, whose epoch nobody can tell, is left alone.
 */
export const sweepSessionsScript: Script = createScript(
  'writes',
  `${readRecord}
local cutoff, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local all, epochs, needed, deleted = redis.call('HGETALL', KEYS[1]), {}, {}, 0
for i = 1, #all, 2 do
  local subject = string.match(all[i], '^e(.*)$')
  if subject then epochs[subject] = all[i + 1] end
  if string.sub(all[i], 1, 1) == 's' and not parse(all[i + 1]) then return 0 end
end
for i = 1, #all, 2 do
  if string.sub(all[i], 1, 1) == 's' then
    local r = read(all[i + 1])
    local epoch = epochs[r.subject] or ''
    local isDead = isExpired(r, cutoff) or (r.revoked ~= '-' and tonumber(r.revoked) <= cutoff)
      or (tonumber(r.epoch) < epochOf(epoch) and tonumber(string.match(epoch, ' (%S+)$')) <= cutoff)
    if isDead and deleted < most then
      redis.call('HDEL', KEYS[1], all[i], 'd' .. string.sub(all[i], 2))
      deleted = deleted + 1
    else
      needed[r.subject] = true
    end
  end
end
for subject, text in pairs(epochs) do
  if not needed[subject] and tonumber(string.match(text, ' (%S+)$')) <= cutoff then
    redis.call('HDEL', KEYS[1], 'e' .. subject)
  end
end
return deleted
`,
);
