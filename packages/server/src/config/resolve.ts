import { type Config, ConfigError, type OptionName } from './config.js';
import { flagOf, optionNames, options, variableOf } from './options.js';
import { collect, type Given, readText, type Sources } from './sources.js';

/** The configuration, and where each value of it was written: the name of a source, or `default`. */
export interface Resolved {
  readonly config: Config;
  readonly origins: Readonly<Record<OptionName, string>>;
}

/**
 * Reads and checks the whole configuration: flags over environment over file over defaults.
 *
 * Does NOT check options against each other; `exposure.ts` does for those that decide who can reach the server.
 *
 * @throws ConfigError naming the option, the kind of value that was given and the rule; never a secret's value
 */
export function resolve(sources: Sources): Resolved {
  const given = collect(sources);
  const config: Partial<Record<OptionName, unknown>> = {};
  const origins: Partial<Record<OptionName, string>> = {};
  for (const name of optionNames) {
    const chosen = choose(name, given);
    config[name] = chosen === null ? options[name].default : parse(chosen);
    origins[name] = chosen?.origin ?? 'default';
  }
  // The loop has filled every member from the schema or default of that member.
  return { config: config as Config, origins: origins as Resolved['origins'] };
}

function choose(name: OptionName, given: readonly Given[]): Given | null {
  const candidates = given.filter(({ option }) => option === name);
  const [direct, file] = [false, true].map((asFile) => candidates.find((value) => value.asFile === asFile));
  if (direct !== undefined && file !== undefined) {
    throw new ConfigError(`${direct.origin} and ${file.origin} are both given; give one of them.`);
  }
  return candidates[0] ?? null;
}

function parse(given: Given): unknown {
  const option = options[given.option];
  if (given.isFlag && !given.asFile && option.holdsPassword?.(String(given.value)) === true) {
    throw new ConfigError(
      `${given.origin} holds a password, which others can read on the command line: use ${variableOf(given.option)}, or --${flagOf(`${given.option}File`)} with the path of a file that holds it.`,
    );
  }
  const result = option.schema.safeParse(given.asFile ? valueInFile(given) : given.value);
  if (result.success) return result.data;
  // A schema that explains itself quotes no value.
  const told = result.error.issues.find(
    (issue) => issue.code === 'custom' && issue.params?.['isShown'] === true,
  );
  if (told !== undefined) throw new ConfigError(`${given.origin}: ${told.message}.`);
  throw new ConfigError(`${given.origin}: got ${gotBy(given)}; the rule is: ${option.rule}.`);
}

function valueInFile({ value, origin }: Given): string {
  if (typeof value !== 'string' || value === '') {
    throw new ConfigError(
      `${origin}: got ${kindOf(value)}; the rule is: the path of a file that holds the value.`,
    );
  }
  return readText(value, `the file named by ${origin},`).trim();
}

function gotBy({ option, value }: Given): string {
  if (options[option].secret === true) return 'a secret that does not fit';
  const mayHoldPassword = options[option].holdsPassword !== undefined;
  return mayHoldPassword && typeof value === 'string' && value !== ''
    ? 'a text that does not fit, which is not repeated because it may hold a password'
    : kindOf(value);
}

function kindOf(value: unknown): string {
  if (value === '') return 'an empty text';
  // An address may carry a password: it is not repeated, not even in part.
  if (typeof value === 'string' && /@|passw/i.test(value)) return 'a text with credentials';
  if (typeof value === 'string') return `the text ${JSON.stringify(value)}`;
  if (Array.isArray(value)) return 'a list that does not fit';
  if (typeof value === 'object' && value !== null) return 'an object';
  return `the ${typeof value} ${String(value)}`;
}
