import type { DataStore, StoredData } from '../data-store.js';
import { placeOfSession } from '../subject-tag.js';
import type { RedisConnection } from './connection.js';
import type { Keys } from './keys.js';
import { createScript } from './script.js';
import { readRecords } from './session-lua.js';
import { fromLine, toLine } from './session-record.js';

// Data is kept beside the record, in the field `d` + session id, as `3 {"cart":[]}`: the version and the text.
const ofLiveSession = `
local function dataOf(id, now)
  local r = load(id)
  if not r or not isAlive(r, numberIn(epochText(r.subject)), tonumber(now)) then return false end
  return redis.call('HGET', KEYS[1], 'd' .. id) or ''
end
`;

/** ARGV: session id, now. Replies with the data, an empty text without any, or with nothing. */
const readScript = createScript('reads', `${readRecords}${ofLiveSession}return dataOf(ARGV[1], ARGV[2])`);

/** ARGV: session id, now, the version as it must be, the data as it will be. Replies with the outcome. */
const writeScript = createScript(
  'writes',
  `${readRecords}${ofLiveSession}
local data = dataOf(ARGV[1], ARGV[2])
if not data then return 'ended' end
if (string.match(data, '^%d+') or '0') ~= ARGV[3] then return 'conflict' end
redis.call('HSET', KEYS[1], 'd' .. ARGV[1], ARGV[4])
return 'written'
`,
);

export function createData(connection: RedisConnection, keys: Keys): DataStore {
  const keyOf = (sessionId: string): readonly [string] => [keys.subject(placeOfSession(sessionId))];
  return {
    async read(sessionId, now) {
      const reply = await connection.run(readScript, keyOf(sessionId), [sessionId, String(now)]);
      return reply === null ? null : dataFrom(reply as string);
    },
    async write(sessionId, expectedVersion, value, now) {
      const next = `${String(expectedVersion + 1)} ${toLine(value)}`;
      const args = [sessionId, String(now), String(expectedVersion), next];
      return (await connection.run(writeScript, keyOf(sessionId), args)) as 'written' | 'conflict' | 'ended';
    },
  };
}

function dataFrom(text: string): StoredData {
  const at = text.indexOf(' ');
  if (at === -1) return { version: 0, value: null };
  return { version: Number(text.slice(0, at)), value: fromLine(text.slice(at + 1)) };
}
