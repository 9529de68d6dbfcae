import type { DocumentStore, StoredDocument } from '../document-store.js';
import type { RedisConnection } from './connection.js';
import type { Keys } from './keys.js';
import { createScript } from './script.js';
import { fromLine, toLine } from './session-record.js';

// A document is the field with its key, as `version text`. The sorted set gives the fields their order: all have one score.

/** ARGV: field. Replies with the document, or with nothing. */
const readScript = createScript('reads', `return redis.call('HGET', KEYS[1], ARGV[1])`);

/** ARGV: field, expected version, text. Replies with 1 or 0. */
const writeScript = createScript(
  'writes',
  `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if (known and string.match(known, '^%d+') or '0') ~= ARGV[2] then
  -- So that WAIT has something to confirm when the document was written by this very call, and no replica confirmed it.
  if known then redis.call('HSET', KEYS[1], ARGV[1], known) end
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d ', tonumber(ARGV[2]) + 1) .. ARGV[3])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return 1
`,
);

/** ARGV: field, expected version. Replies with 1 or 0. */
const removeScript = createScript(
  'writes',
  `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and string.match(known, '^%d+') == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
  return 1
end
-- So that WAIT has something to confirm when the document was removed by this very call, and no replica confirmed it.
if known then
  redis.call('HSET', KEYS[1], ARGV[1], known)
else
  redis.call('ZADD', KEYS[2], 0, ARGV[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
end
return 0
`,
);

/** ARGV: lowest field as a lexical bound, limit. Replies with fields and documents in turns. */
const listScript = createScript(
  'reads',
  `
local fields, found = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[1], '+', 'LIMIT', 0, ARGV[2]), {}
for _, field in ipairs(fields) do
  found[#found + 1] = field
  found[#found + 1] = redis.call('HGET', KEYS[1], field)
end
return found
`,
);

export function createDocuments(connection: RedisConnection, keys: Keys): DocumentStore {
  return {
    async read(collection, key) {
      const reply = await connection.run(readScript, keys.documents(collection), [fieldOf(key)]);
      return reply === null ? null : documentOf(fieldOf(key), reply as string);
    },

    async write(collection, key, expectedVersion, value) {
      const args = [fieldOf(key), String(expectedVersion), toLine(value)];
      return (await connection.runDurably(writeScript, keys.documents(collection), args)) === 1;
    },

    async remove(collection, key, expectedVersion) {
      const args = [fieldOf(key), String(expectedVersion)];
      return (await connection.runDurably(removeScript, keys.documents(collection), args)) === 1;
    },

    async list(collection, after, limit) {
      const args = [after === null ? '-' : `(${fieldOf(after)}`, String(limit)];
      const reply = (await connection.run(listScript, keys.documents(collection), args)) as readonly string[];
      return Array.from({ length: reply.length / 2 }, (_, index) =>
        documentOf(reply[2 * index] ?? '', reply[2 * index + 1] ?? ''),
      );
    },
  };
}

/** UTF-16 in hexadecimal, big end first: its order is that of the keys by code unit. */
function fieldOf(key: string): string {
  return Buffer.from(key, 'utf16le').swap16().toString('hex');
}

function documentOf(field: string, text: string): StoredDocument {
  const key = Buffer.from(field, 'hex').swap16().toString('utf16le');
  const [versionText = ''] = text.split(' ', 1);
  const value = fromLine(text.slice(versionText.length + 1));
  return { key, version: Number(versionText), value };
}
