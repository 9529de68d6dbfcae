import { createHash } from 'node:crypto';

/** A Lua script, carried out as one atomic step by the server that holds its keys. */
export interface Script {
  /** The command that names the script by its digest: the server has to know it already. */
  bySha(keys: readonly string[], args: readonly string[]): readonly string[];
  /** The command that carries the script; the server knows it afterwards. */
  bySource(keys: readonly string[], args: readonly string[]): readonly string[];
}

export function createScript(source: string): Script {
  const text = source.trim();
  const sha = createHash('sha1').update(text).digest('hex');
  return {
    bySha: (keys, args) => ['EVALSHA', sha, String(keys.length), ...keys, ...args],
    bySource: (keys, args) => ['EVAL', text, String(keys.length), ...keys, ...args],
  };
}
