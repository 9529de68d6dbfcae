import { maxGeneration } from '../../rotation/session.js';
import { policyTexts } from '../policy-text.js';
import { unreadable } from './failure.js';
import { createScript, type Script } from './script.js';
import { changeRecords, readLive, readRecords, writeAgain } from './session-lua.js';

/**
 * The guard of `rotate`, and the rotation. ARGV: session id, generation, fork, secret hash, line of the proof, `=` and a client or '', now,
 * rotation as it will be. Replies with 1 or 0, the record after the step, the epoch; with nothing for an unknown session. The words of a
 * policy are asked for because a record with others, which cannot be read, must not be moved either.
 */
export const rotateScript: Script = createScript(
  'writes',
  `
local field = 's' .. ARGV[1]
local record = redis.call('HGET', KEYS[1], field)
if not record then return false end
local generation, fork, rotated, rotationEnd, used, revoked, epoch, created, expires, idle, window, policy, hash, subject, client, bound =
  string.match(record, '^(%S+) (%S+) %S+ (%S+) %S %S+() (%S+) (%S+) %S+ (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) %S+ [01][01][01] (%S+)\\n([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n[^\\n]*\\n[^\\n]*$')
if not subject then error({err = '${unreadable}'}) end
local epochText = redis.call('HGET', KEYS[1], 'e' .. subject) or ''
local now = tonumber(ARGV[7])
window = tonumber(window)
if generation ~= ARGV[2] or fork ~= ARGV[3] or hash ~= ARGV[4]
  or revoked ~= '-' or tonumber(epoch) < tonumber(string.match(epochText, '^%d+') or 0)
  or now >= tonumber(expires)
  or now >= math.max(tonumber(rotated) or tonumber(created), tonumber(used) or 0) + tonumber(idle)
  or tonumber(generation) >= ${String(maxGeneration)}
  or (bound ~= '-' and bound ~= ARGV[5])
  or (ARGV[6] ~= '' and client ~= string.sub(ARGV[6], 2))
  or (rotated ~= '-' and window ~= 0 and now - tonumber(rotated) < window)
  or not string.find(${JSON.stringify(` ${policyTexts.join(' ')} `)}, ' ' .. policy .. ' ', 1, true)
then return {0, record, epochText} end
record = ARGV[8] .. string.sub(record, rotationEnd)
redis.call('HSET', KEYS[1], field, record)
return {1, record, epochText}
`,
);

/** ARGV: session id. Replies with the record and the epoch, or with nothing. */
export const findScript: Script = createScript(
  'reads',
  `${readRecords}
local r = load(ARGV[1])
return r and {r.text, epochText(r.subject)}
`,
);

/** ARGV: the field of an epoch or a counter. Replies with its text, or with nothing. */
export const fieldScript: Script = createScript('reads', `return redis.call('HGET', KEYS[1], ARGV[1])`);

/** ARGV: subject. Replies with the epoch, and with the ids and records in turns of all sessions that may be alive. */
export const listScript: Script = createScript(
  'reads',
  `${readRecords}${readLive}
local found = {}
for _, r in ipairs(liveRecords(ARGV[1])) do
  found[#found + 1] = r.id
  found[#found + 1] = r.text
end
return {epochText(ARGV[1]), found}
`,
);

/** Replies with the fields and values in turns of all records and epochs, of sessions that ended too. */
export const allScript: Script = createScript(
  'reads',
  `
local all, kept = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #all, 2 do
  if string.find(all[i], '^[se]') then
    kept[#kept + 1] = all[i]
    kept[#kept + 1] = all[i + 1]
  end
end
return kept
`,
);

/**
 * ARGV: session id, rotation as it was read, rotation as it will be, floor, last line, now. Replies with 1 or 0, the record after the step and
 * the epoch; with nothing for an unknown session.
 */
export const reauthenticateScript: Script = createScript(
  'writes',
  `${readRecords}${changeRecords}${writeAgain}
local r = load(ARGV[1])
if not r then return false end
local epochIs = epochText(r.subject)
if not isAlive(r, numberIn(epochIs), tonumber(ARGV[6])) or string.sub(r.text, 1, r.rotationEnd - 1) ~= ARGV[2]
  or tonumber(r.generation) >= ${String(maxGeneration)}
then
  writeAgain()
  return {0, r.text, epochIs}
end
save(r, ARGV[3] .. string.sub(r.text, r.rotationEnd, r.revokedEnd) .. ARGV[4]
  .. string.sub(r.text, r.floorEnd, r.lastLine - 1) .. ARGV[5])
return {1, r.text, epochIs}
`,
);
