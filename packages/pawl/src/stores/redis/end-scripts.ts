import { owedSeconds } from '../session-family.js';
import { createScript, type Script } from './script.js';
import {
  changeRecords,
  endedLists,
  ending,
  incrementEpoch,
  keepAtLeast,
  keepEnded,
  raiseCounter,
  readLive,
  readRecords,
} from './session-lua.js';

/** A child can have no children. */
const endOne = `
local function endOne(r, epoch, now)
  return endAll({r}, r.parent == '-' and aliveOf(r.subject, epoch, tonumber(now)) or {}, now)
end
`;

/**
 * ARGV: session id, rotation as it was read, kind of change, rotation as it will be or '', now, the line of a binding or ''.
 * Replies with 1 or 0, the record after the step, the epoch and the ids of sessions that ended; with nothing for an unknown session.
 */
export const applyScript: Script = createScript(
  'writes',
  `${ending}${endOne}${keepAtLeast}${incrementEpoch}
local r, kind = load(ARGV[1]), ARGV[3]
if not r then return false end
local epochIs, ids = epochText(r.subject), {}
if isRevoked(r, numberIn(epochIs)) or string.sub(r.text, 1, r.rotationEnd - 1) ~= ARGV[2]
  or (kind == 'bind' and r.bound ~= '-' and r.bound ~= ARGV[6])
then
  if kind ~= 'advance' then writeAgain() end
  return {0, r.text, epochIs, ids}
end
if kind == 'revoke-subject' then
  epochIs = incrementEpoch(r.subject, ARGV[5])
elseif kind == 'revoke-session' then
  ids = endOne(r, numberIn(epochIs), ARGV[5])
else
  save(r, kind == 'bind' and withKey(r, ARGV[4], ARGV[6]) or withRotation(r, ARGV[4]))
end
return {1, r.text, epochIs, ids}
`,
);

/** ARGV: session id, `=` and a secret hash or '', now. Replies with the record after its end, the epoch and the ended ids, or with nothing. */
export const revokeSessionScript: Script = createScript(
  'writes',
  `${ending}${endOne}
local r = load(ARGV[1])
if not r or (ARGV[2] ~= '' and r.hash ~= string.sub(ARGV[2], 2)) then return false end
local epochIs = epochText(r.subject)
if isRevoked(r, numberIn(epochIs)) then
  writeAgain()
  return false
end
local ids = endOne(r, numberIn(epochIs), ARGV[3])
return {r.text, epochIs, ids}
`,
);

/** ARGV: subject, now. Replies with the new epoch. */
export const revokeSubjectScript: Script = createScript(
  'writes',
  `${readRecords}${keepAtLeast}${incrementEpoch}
return incrementEpoch(ARGV[1], ARGV[2])
`,
);

/** ARGV: subject, the id to keep, now. Replies with the ended ids. */
export const revokeOthersScript: Script = createScript(
  'writes',
  `${ending}
local subject, keptId, now = ARGV[1], ARGV[2], ARGV[3]
local kept, others = load(keptId), {}
local alive = aliveOf(subject, numberIn(epochText(subject)), tonumber(now))
for _, r in ipairs(alive) do
  local isKept = r.id == keptId or r.parent == keptId or (kept and r.id == kept.parent)
  if not isKept and r.offline == '0' then others[#others + 1] = r end
end
if #others == 0 then
  writeAgain()
  return {}
end
return endAll(others, alive, now)
`,
);

/** ARGV: subject, client, now. Replies with the counter, and the ended ids. */
export const revokeClientScript: Script = createScript(
  'writes',
  `${ending}${keepAtLeast}${raiseCounter}
local subject, client, now = ARGV[1], ARGV[2], ARGV[3]
local alive, ofClient = aliveOf(subject, numberIn(epochText(subject)), tonumber(now)), {}
for _, r in ipairs(alive) do
  if r.client == client then ofClient[#ofClient + 1] = r end
end
return {raiseCounter(subject, client, now), endAll(ofClient, alive, now)}
`,
);

/** ARGV: subject, now. Replies with the epoch, and with the ids and records in turns of the sessions whose client has to be told. */
export const logoutsOwedScript: Script = createScript(
  'reads',
  `${readRecords}${readLive}${endedLists}${keepEnded}
local subject, now = ARGV[1], tonumber(ARGV[2])
local epochIs, found = epochText(subject), {}
local function add(r)
  found[#found + 1] = r.id
  found[#found + 1] = r.text
end
for at, id in string.gmatch(list('w'), '(%S+) (%S+) ') do
  local r = tonumber(at) > now and load(id)
  if r and r.subject == subject then add(r) end
end
local changed = changedAt(epochIs)
if changed and now < changed + ${String(owedSeconds)} then
  for _, r in ipairs(liveRecords(subject)) do
    if tonumber(r.epoch) < numberIn(epochIs) and owes(r, changed) then add(r) end
  end
end
return {epochIs, found}
`,
);

/** ARGV: session id. Replies with 1 when the mark was there, and 0 otherwise. */
export const clearLogoutOwedScript: Script = createScript(
  'writes',
  `${readRecords}${changeRecords}${endedLists}${keepEnded}
local r = load(ARGV[1])
if not r or r.owed == '0' or not isRevoked(r, numberIn(epochText(r.subject))) then return 0 end
save(r, string.sub(r.text, 1, r.owedAt - 1) .. '0' .. string.sub(r.text, r.owedAt + 1))
releaseOwed(function(_, id) return id == r.id end)
writeLists()
return 1
`,
);
