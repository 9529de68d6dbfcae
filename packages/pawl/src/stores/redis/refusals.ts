import { answerOf, reasonOf, type Within } from './answer.js';
import type { RedisAccess, RedisNode } from './access.js';
import { createScript } from './script.js';

/** A command that the store needs and that was refused. */
export interface RedisRefusal {
  readonly command: string;
  /** The first word of the answer: `NOPERM`, `OOM`, `READONLY`, `MISCONF` … */
  readonly reason: string;
}

/** No key of Pawl has this name. */
export const scanNothing: readonly string[] = ['SCAN', '0', 'MATCH', 'pawl', 'COUNT', '1', 'TYPE', 'hash'];
export const waitForNobody: readonly string[] = ['WAIT', '0', '0'];

/** KEYS: a string, a hash, a sorted set, a stream and a list of our own. Replies with refused commands and the answers in turns. */
const tryScript = createScript(
  'tries',
  `
local refused = {}
local function try(command, ...)
  local reply = redis.pcall(command, ...)
  if type(reply) == 'table' and reply.err then
    refused[#refused + 1] = command
    refused[#refused + 1] = reply.err
  end
end
local text, hash, set, stream, list = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
try('SET', text, '1', 'PX', '60000')
try('GET', text)
try('HSET', hash, 'field', 'value')
try('HGET', hash, 'field')
try('HGETALL', hash)
try('HLEN', hash)
try('PTTL', hash)
try('ZADD', set, 0, 'member')
try('ZRANGE', set, 0, 1)
try('ZRANGEBYLEX', set, '-', '+', 'LIMIT', 0, 1)
try('XADD', stream, 'MAXLEN', '~', 1, '*', 'at', '0')
try('XRANGE', stream, '-', '+', 'COUNT', 1)
try('XREVRANGE', stream, '+', '-', 'COUNT', 1)
try('XLEN', stream)
try('RPUSH', list, '1-1')
try('LRANGE', list, 0, 0)
-- What a full server does too comes last: behind it the server refuses nothing more to the same script.
try('XDEL', stream, '1-1')
try('ZREM', set, 'other')
try('LTRIM', list, -1, -1)
for _, key in ipairs({hash, set, stream, list}) do try('PEXPIRE', key, '60000') end
try('HDEL', hash, 'field')
try('GETDEL', text)
try('TIME')
return refused
`,
);

/** The digest of no script: a server that would run it says that it does not know it. */
const unknownScript = ['EVALSHA', '0'.repeat(40), '1'];

/** Tries what the store does to keys, on the server that holds this one. */
export async function refusalsOf(access: RedisAccess, key: string, within: Within): Promise<RedisRefusal[]> {
  const keys = ['try', 'try:hash', 'try:order', 'try:stream', 'try:list'].map((name) => `${key}:${name}`);
  const node: RedisNode = { connection: access, send: (command) => access.send(key, command) };
  const bySha = await tryCommand(node, [...unknownScript, key], within);
  const found = bySha.filter(({ reason }) => reason !== 'NOSCRIPT');
  const tried = await answerOf(node, tryScript.bySource(keys, []), within);
  if (!tried.isAnswered) return [...found, { command: 'EVAL', reason: tried.reason }];
  const inScript = (tried.reply as readonly unknown[]).map(String);
  for (let index = 0; index < inScript.length; index += 2) {
    const refusal = { command: inScript[index] ?? '', reason: reasonOf(inScript[index + 1] ?? '') };
    if (!found.some(({ command }) => command === refusal.command)) found.push(refusal);
  }
  return found;
}

/** Tries one command. */
export async function tryCommand(
  node: RedisNode,
  command: readonly string[],
  within: Within,
): Promise<readonly RedisRefusal[]> {
  const answer = await answerOf(node, command, within);
  return answer.isAnswered ? [] : [{ command: command[0] ?? '', reason: answer.reason }];
}
