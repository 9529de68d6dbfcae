import { readFileSync } from 'node:fs';
import { ConfigError, type OptionName } from './config.js';
import { didYouMean } from './nearest.js';
import { flagOf, isAlsoInFile, optionNames, options, variableOf } from './options.js';

/** One value as it was given. */
export interface Given {
  readonly option: OptionName;
  /** Whether `value` is the path of a file that holds the value. */
  readonly asFile: boolean;
  readonly isFlag: boolean;
  readonly value: unknown;
  /** Where it was written, as the operator would find it: `--port`, `PAWL_PORT`, `port in pawl.json`. */
  readonly origin: string;
}

/** One way to write an option: its name, or the name of a file that holds the value. */
export interface Spelling {
  readonly option: OptionName;
  readonly asFile: boolean;
  /** As a key of the configuration file; flags and variables are derived from it. */
  readonly key: string;
}

const spellings: readonly Spelling[] = optionNames.flatMap((option) => [
  { option, asFile: false, key: option },
  ...(isAlsoInFile(option) ? [{ option, asFile: true, key: `${option}File` }] : []),
]);

/** Spellings that exist as flags: never a secret itself. */
export const flagSpellings: readonly Spelling[] = spellings.filter(
  ({ option, asFile }) => asFile || options[option].secret !== true,
);

export interface Sources {
  /** Values of flags by name without dashes. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Collects what was given, strongest source first: flags, environment, file.
 *
 * @throws ConfigError for a variable or a key that no option has, and for a configuration file that cannot be read
 */
export function collect({ flags, env }: Sources): readonly Given[] {
  const path = flags['config'] ?? env['PAWL_CONFIG'];
  return [...fromFlags(flags), ...fromEnvironment(env), ...(typeof path === 'string' ? fromFile(path) : [])];
}

function fromFlags(flags: Sources['flags']): Given[] {
  return flagSpellings.flatMap(({ option, asFile, key }) => {
    const value = flags[flagOf(key)];
    return value === undefined ? [] : [{ option, asFile, isFlag: true, value, origin: `--${flagOf(key)}` }];
  });
}

function fromEnvironment(env: Sources['env']): Given[] {
  const known = new Map(spellings.map((spelling) => [variableOf(spelling.key), spelling]));
  return Object.entries(env).flatMap(([variable, value]) => {
    if (!variable.startsWith('PAWL_') || variable === 'PAWL_CONFIG' || value === undefined) return [];
    const spelling = known.get(variable);
    if (spelling === undefined) {
      const hint = didYouMean(variable, [...known.keys(), 'PAWL_CONFIG']);
      throw new ConfigError(`${variable} is set in the environment, but there is no such option.${hint}`);
    }
    const { option, asFile } = spelling;
    return [{ option, asFile, isFlag: false, value, origin: variable }];
  });
}

function fromFile(path: string): Given[] {
  const known = new Map(spellings.map((spelling) => [spelling.key, spelling]));
  return Object.entries(readObject(path)).map(([key, value]) => {
    const spelling = known.get(key);
    if (spelling === undefined) {
      const hint = didYouMean(key, [...known.keys()]);
      throw new ConfigError(`"${key}" stands in ${path}, but there is no such option.${hint}`);
    }
    const { option, asFile } = spelling;
    return { option, asFile, isFlag: false, value, origin: `${key} in ${path}` };
  });
}

function readObject(path: string): Readonly<Record<string, unknown>> {
  const content = parseJson(readText(path, 'the configuration file'));
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ConfigError(`The configuration file ${path} must hold one JSON object.`);
  }
  return { ...content };
}

/** Undefined when it is not JSON. The parser's own message is dropped, because it quotes the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws ConfigError when the file cannot be read */
export function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new ConfigError(`Cannot read ${what} ${path} (${code}).`);
  }
}
