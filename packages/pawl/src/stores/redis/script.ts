import { createHash } from 'node:crypto';

/** A Lua script, carried out as one atomic step by the server that holds its keys. */
export interface Script {
  /** The command that names the script by its digest: the server has to know it already. */
  bySha(keys: readonly string[], args: readonly string[]): readonly string[];
  /** The command that carries the script; the server knows it afterwards. */
  bySource(keys: readonly string[], args: readonly string[]): readonly string[];
}

/** What a script does, as far as the server has to know before it starts it. */
export type ScriptKind =
  /** Refused when the server has no memory left. */
  | 'writes'
  /** Carried out then too. */
  | 'reads'
  /** Carried out by any server; each of its commands is refused, or not, by itself. */
  | 'tries';

// Without a first line of its own a script that only reads is carried out by a replica as well, and a primary that was demoted would
// say that it knows no session which it does not have yet. With one it refuses all of them.
const firstLines: Readonly<Record<ScriptKind, string>> = {
  writes: '#!lua\n',
  reads: '#!lua flags=allow-oom\n',
  tries: '',
};

export function createScript(kind: ScriptKind, source: string): Script {
  const text = `${firstLines[kind]}${source.trim()}`;
  const sha = createHash('sha1').update(text).digest('hex');
  return {
    bySha: (keys, args) => ['EVALSHA', sha, String(keys.length), ...keys, ...args],
    bySource: (keys, args) => ['EVAL', text, String(keys.length), ...keys, ...args],
  };
}
