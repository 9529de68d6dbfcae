import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isPawlError } from 'pawl';
import { ConfigError } from '../config/config.js';
import { didYouMean } from '../config/nearest.js';
import { flagOf, optionNames, options, variableOf } from '../config/options.js';
import { resolve } from '../config/resolve.js';
import { flagSpellings } from '../config/sources.js';
import { type Command, type CommandFlag, commandFlags } from './command.js';
import { commands } from './commands.js';
import { help, usageOf } from './help.js';
import { CommandError, exitCodes, explain, print, UsageError } from './ui.js';

/** Runs one command line. Resolves to the exit code; every error has been explained by then. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    if (error instanceof UsageError || error instanceof ConfigError || isPawlError(error, 'option_invalid')) {
      explain(`pawl-server: ${error.message}`);
      return exitCodes.usage;
    }
    if (error instanceof CommandError || isPawlError(error)) {
      explain(`pawl-server: ${error.message}`);
      return exitCodes.failed;
    }
    throw error;
  }
}

async function run(args: readonly string[]): Promise<number> {
  const { positionals, flags } = parse(args);
  if (flags['version'] === true) {
    print(version());
    return exitCodes.done;
  }
  if (flags['help'] === true || positionals[0] === 'help' || positionals[0] === '-h') {
    print(help(commands));
    return exitCodes.done;
  }
  const command = find(positionals);
  const parameters = positionals.slice(command.name.split(' ').length);
  checkParameters(command, parameters);
  checkFlags(command, flags);
  return command.run({ parameters, flags, configuration: () => resolve({ flags, env: process.env }) });
}

type Flags = Readonly<Record<string, string | boolean | undefined>>;

const knownFlags: Readonly<Record<string, { readonly type: 'string' | 'boolean' }>> = {
  ...commandFlags,
  help: { type: 'boolean' },
  version: { type: 'boolean' },
  config: { type: 'string' },
  ...Object.fromEntries(
    flagSpellings.map(({ option, key }) => [
      flagOf(key),
      { type: typeof options[option].default === 'boolean' ? ('boolean' as const) : ('string' as const) },
    ]),
  ),
};

function parse(args: readonly string[]): { readonly positionals: string[]; readonly flags: Flags } {
  const { tokens } = parseArgs({
    args: args.map(shielded),
    options: knownFlags,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const positionals: string[] = [];
  const flags: Record<string, string | boolean> = {};
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(unshielded(token.value));
    if (token.kind !== 'option') continue;
    const { name } = token;
    const value = token.value === undefined ? undefined : unshielded(token.value);
    const known = Object.hasOwn(knownFlags, name) ? knownFlags[name] : undefined;
    if (known === undefined) throw new UsageError(unknownFlag(token.rawName));
    if (Object.hasOwn(flags, name)) throw new UsageError(`--${name} is given twice.`);
    if (known.type === 'string' && value === undefined) throw new UsageError(`--${name} needs a value.`);
    flags[name] = value ?? true;
  }
  return { positionals, flags };
}

/** There are no short flags, and ids of sessions and keys may begin with a dash: `-x` is made a text that is no flag. */
function shielded(argument: string): string {
  return /^-[^-]/.test(argument) ? `\0${argument}` : argument;
}

/** No argument contains the character itself: the system ends arguments with it. */
function unshielded(argument: string): string {
  return argument.startsWith('\0') ? argument.slice(1) : argument;
}

function unknownFlag(rawName: string): string {
  const secret = optionNames.find((name) => options[name].secret === true && rawName === `--${flagOf(name)}`);
  if (secret !== undefined) {
    return `A secret is never a flag, because others can read command lines: use ${rawName}-file or ${variableOf(secret)}.`;
  }
  const known = Object.keys(knownFlags).map((name) => `--${name}`);
  return `There is no flag ${rawName}.${didYouMean(rawName, known)}`;
}

function find(positionals: readonly string[]): Command {
  const [first, second] = positionals;
  if (first === undefined) throw new UsageError('Which command? "pawl-server help" lists them.');
  const found = commands.find(({ name }) => name === `${first} ${second ?? ''}` || name === first);
  if (found !== undefined) return found;
  const names = commands.map(({ name }) => name);
  const asked = names.some((name) => name.startsWith(`${first} `))
    ? `${first} ${second ?? ''}`.trim()
    : first;
  throw new UsageError(
    `There is no command "${asked}".${didYouMean(asked, names)} "pawl-server help" lists them.`,
  );
}

function checkParameters(command: Command, given: readonly string[]): void {
  const required = command.parameters.filter((name) => !name.startsWith('[')).length;
  if (given.length >= required && given.length <= command.parameters.length) return;
  throw new UsageError(`Usage: pawl-server ${usageOf(command)}`);
}

function checkFlags(command: Command, flags: Flags): void {
  const foreign = Object.keys(commandFlags).find(
    (flag) => flags[flag] !== undefined && !command.flags.includes(flag as CommandFlag),
  );
  if (foreign !== undefined) throw new UsageError(`The command "${command.name}" has no flag --${foreign}.`);
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { name, version: number } = JSON.parse(manifest) as {
    readonly name: string;
    readonly version: string;
  };
  return `${name} ${number}`;
}
