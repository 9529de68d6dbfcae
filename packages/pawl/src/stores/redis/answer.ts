import { PawlError } from '../../errors.js';
import type { RedisNode } from './access.js';
import { unavailable } from './failure.js';

/** Gives work a deadline. */
export type Within = <Value>(work: () => Promise<Value>) => Promise<Value>;

export type Answer =
  | { readonly isAnswered: true; readonly reply: unknown }
  | { readonly isAnswered: false; readonly reason: string };

/** @throws PawlError `store_unavailable` unless the server answered, if only with a refusal */
export async function answerOf(node: RedisNode, command: readonly string[], within: Within): Promise<Answer> {
  return within(async () => {
    try {
      return { isAnswered: true, reply: await node.send(command) };
    } catch (error) {
      if (!(error instanceof Error) || !isRefusal(error)) throw error;
      return { isAnswered: false, reason: reasonOf(error.message) };
    }
  });
}

/** Answers of a server begin with a word in capitals; what the clients say themselves does not. */
function isRefusal(error: Error): boolean {
  return /^[A-Z]{2,}\b/.test(error.message);
}

/** The first word of a refusal. */
export function reasonOf(message: string): string {
  // Redis 7.0 does not say NOPERM inside a script.
  if (message.includes("can't run this command")) return 'NOPERM';
  return /^[A-Z]{2,}\b/.exec(message)?.[0] ?? 'ERR';
}

export async function inTime<Value>(work: () => Promise<Value>, seconds: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable('did not answer in time')), seconds * 1000);
  });
  try {
    return await Promise.race([work(), deadline]);
  } catch (error) {
    throw error instanceof PawlError ? error : unavailable('did not answer', error);
  } finally {
    clearTimeout(timer);
  }
}

/** An answer of names and values, which protocols and clients make a list, a `Map` or an object. */
export async function readPairs(
  node: RedisNode,
  command: readonly string[],
  within: Within,
): Promise<readonly (readonly [string, string])[]> {
  const answer = await answerOf(node, command, within);
  if (!answer.isAnswered) return [];
  const reply: unknown = answer.reply;
  if (Array.isArray(reply)) {
    const texts = reply.map(String);
    return Array.from({ length: texts.length / 2 }, (_, index) => [
      texts[2 * index] ?? '',
      texts[2 * index + 1] ?? '',
    ]);
  }
  const entries =
    reply instanceof Map
      ? [...(reply as Map<unknown, unknown>)]
      : Object.entries(reply as Record<string, unknown>);
  return entries.map(([name, value]) => [String(name), String(value)]);
}
