import type { EpochSeconds } from '../../base/clock.js';
import { PawlError } from '../../errors.js';
import { expirySlackSeconds, isClientSession, maxEnded } from '../session-family.js';
import {
  type CreateRequest,
  type CreateResult,
  endedRetentionSeconds,
  type NewSession,
} from '../session-store.js';
import type { RedisConnection } from './connection.js';
import { endedSession, type Feed } from './feed.js';
import { createScript } from './script.js';
import { ending, keepAtLeast } from './session-lua.js';
import { newRecord, sessionOf } from './session-record.js';

/** The longest time that a server is asked to keep a key: its clock has an end. */
const maxKeptSeconds: number = 100 * 366 * 86_400;

/** Which sessions end so that there is room for one more: `surplusOf` of `session-family.ts`. Ids are compared in bytes: the order of Lua's \`<\` is that of the server's locale. */
const chooseSurplus = `
local function isClient(r)
  return r.parent ~= '-' or r.offline == '1' or r.thirdParty == '1'
end
local function isBefore(left, right)
  for i = 1, #left do
    local x, y = string.byte(left, i), string.byte(right, i) or 0
    if x ~= y then return x < y end
  end
  return false
end
local function isLessUsed(left, right)
  local x, y = lastUsed(left), lastUsed(right)
  if x ~= y then return x < y end
  return isBefore(left.id, right.id)
end
local function surplusOf(alive, added, ownLimit, limit)
  local own, rest, chosen = {}, {}, {}
  for _, r in ipairs(alive) do
    if isClient(r) == isClient(added) then
      local group = (r.client == added.client or not isClient(added)) and own or rest
      group[#group + 1] = r
    end
  end
  table.sort(own, isLessUsed)
  for i, r in ipairs(own) do
    local group = i <= #own + 1 - ownLimit and chosen or rest
    group[#group + 1] = r
  end
  table.sort(rest, function(left, right)
    if left.thirdParty ~= right.thirdParty then return left.thirdParty == '1' end
    return isLessUsed(left, right)
  end)
  for i = 1, math.min(#rest, #rest + 1 - limit) do chosen[#chosen + 1] = rest[i] end
  return chosen
end
`;

/** The record of a new session, and that of its parent. */
const newTexts = `
local function withBirth(r, epoch, expires)
  local before = '0 ' .. r.created .. ' ' .. r.expires
  return string.sub(r.text, 1, r.floorEnd) .. string.format('%d ', epoch) .. r.created .. ' ' .. expires
    .. string.sub(r.text, r.floorEnd + #before + 1)
end
local function withUse(r, now)
  return string.sub(r.text, 1, r.seenAt - 1) .. '1' .. string.sub(r.text, r.seenAt + 1, r.rotationEnd) .. now
    .. string.sub(r.text, r.usedEnd)
end
`;

/** What a new session is refused for. */
const refusal = `
local function refusalOf(added, parent, epoch, now)
  if added.parent ~= '-' and not (parent and isAlive(parent, epoch, now) and parent.subject == added.subject
    and not isClient(parent) and redis.sha1hex(parent.hash .. added.id) == ARGV[3])
  then return 'parent-ended' end
  local counter = redis.call('HGET', KEYS[1], 'c' .. added.subject .. '\\n' .. added.client) or ''
  if ARGV[5] ~= '' and numberIn(counter) > tonumber(ARGV[5]) then return 'grant-ended' end
  local room = ${String(maxEnded)}
  for at in string.gmatch(list('r'), '(%S+) %S+ ') do
    if tonumber(at) > now then room = room - 1 end
  end
  return parent and room <= 0 and 'crowded'
end
`;

/**
 * Sessions that the epoch left behind, or that expired a while ago. A session with a living child that ends with it stays where it can be ended.
 */
const putAwayOver = `
local function putAwayOver(alive, over, epochIs, now)
  local isParent = {}
  for _, r in ipairs(alive) do
    if r.offline == '0' then isParent[r.parent] = true end
  end
  for _, r in ipairs(over) do
    local isOver = not isAlive(r, numberIn(epochIs), now - ${String(expirySlackSeconds)})
    if isOver and not isParent[r.id] then putAmongEnded(r, endedAt(r, epochIs)) end
  end
end
`;

/**
 * ARGV: session id, record with the epoch 0, witness, generation and fork of the parent or '', client counter or '', most sessions of its kind
 * and client, most of its kind, now, milliseconds to keep it, 1 when ends are announced. Replies with what was done, the record, the epoch and the ended
 * ids; with 0, having done nothing, when it would end others and that is not announced.
 */
const createSessionScript = createScript(
  'writes',
  `${ending}${keepAtLeast}${chooseSurplus}${newTexts}${refusal}${putAwayOver}
local added, known = read(ARGV[2]), load(ARGV[1])
added.id = ARGV[1]
if known then
  writeAgain()
  return {known.hash == added.hash and 'repeated' or 'used', known.text, epochText(known.subject), {}}
end
local epochIs, now = epochText(added.subject), tonumber(ARGV[8])
local epoch = numberIn(epochIs)
local parent = added.parent ~= '-' and load(added.parent)
local refused = refusalOf(added, parent, epoch, now)
if refused then return {refused} end
local alive, over = {}, {}
for _, r in ipairs(liveRecords(added.subject)) do
  local group = isAlive(r, epoch, now) and alive or over
  group[#group + 1] = r
end
local surplus = surplusOf(alive, added, tonumber(ARGV[6]), tonumber(ARGV[7]))
if #surplus > 0 and ARGV[10] ~= '1' then return 0 end
setList('l', list('l') .. added.id .. ' ')
putAwayOver(alive, over, epochIs, now)
if parent and ARGV[4] == parent.generation .. ' ' .. parent.fork then
  save(parent, withUse(parent, ARGV[8]))
end
local ids, expires = endAll(surplus, alive, ARGV[8]), added.expires
if parent and added.offline == '0' and tonumber(parent.expires) < tonumber(expires) then expires = parent.expires end
save(added, withBirth(added, epoch, expires))
keepAtLeast(ARGV[9])
return {'created', added.text, epochIs, ids}
`,
);

export async function createSession(
  connection: RedisConnection,
  feed: Feed,
  key: readonly [string],
  request: CreateRequest,
): Promise<CreateResult> {
  const { session, now } = request;
  const args = argumentsOf(request);
  const run = async (announced: '1' | ''): Promise<CreateResult | null> => {
    const reply = await connection.runDurably(createSessionScript, key, [...args, announced]);
    return reply === 0 ? null : resultFrom(session.id, reply as Reply);
  };
  const created = await run('');
  if (created !== null) return created;
  // Rare: the subject has as many sessions as it may.
  const announced = await feed.ending(
    { kind: 'sessions', subject: session.subject },
    now,
    () => run('1'),
    (result) => (result?.outcome === 'created' ? result.endedIds.map((id) => endedSession(id, now)) : []),
  );
  if (announced === null) throw new PawlError('internal', 'a login was announced and still refused');
  return announced;
}

function argumentsOf(request: CreateRequest): string[] {
  const { session, limits, witness, use, clientCounter, now } = request;
  const isClient = isClientSession(session);
  return [
    session.id,
    newRecord(session),
    witness ?? '',
    use === null ? '' : `${String(use.generation)} ${String(use.fork)}`,
    clientCounter === null ? '' : String(clientCounter),
    String(isClient ? limits.perClient : limits.sessions),
    String(isClient ? limits.clientSessions : limits.sessions),
    String(now),
    keptMilliseconds(session, now),
  ];
}

function keptMilliseconds({ expiresAt }: NewSession, now: EpochSeconds): string {
  const keptSeconds = expiresAt - now + endedRetentionSeconds;
  return String(Math.ceil(Math.min(Math.max(keptSeconds, 1), maxKeptSeconds) * 1000));
}

type Reply = readonly [
  outcome: CreateResult['outcome'],
  record?: string,
  epochText?: string,
  endedIds?: readonly string[],
];

function resultFrom(id: string, [outcome, record = '', epochText = '', endedIds = []]: Reply): CreateResult {
  switch (outcome) {
    case 'created':
      return { outcome, session: sessionOf(id, record, epochText), endedIds };
    case 'repeated':
    case 'used':
      return { outcome, session: sessionOf(id, record, epochText) };
    default:
      return { outcome };
  }
}
