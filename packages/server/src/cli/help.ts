import { flagOf, isAlsoInFile, optionNames, options, variableOf } from '../config/options.js';
import type { Command } from './command.js';

/** How a command is written. */
export function usageOf({ name, parameters, flags }: Command): string {
  const written = flags.map((flag) =>
    flag === 'subject' || flag === 'limit' ? `[--${flag} X]` : `[--${flag}]`,
  );
  return [name, ...parameters, ...written].join(' ');
}

export function help(commands: readonly Command[]): string {
  const lines = commands.map((command) => `  ${usageOf(command)}\n      ${command.summary}`);
  const settings = optionNames.map((name) => {
    const { secret, rule, default: value, defaultText } = options[name];
    const flags = [
      ...(secret === true ? [] : [`--${flagOf(name)}`]),
      ...(isAlsoInFile(name) ? [`--${flagOf(name)}-file`] : []),
    ];
    const variable = isAlsoInFile(name)
      ? `${variableOf(name)} or ${variableOf(name)}_FILE`
      : variableOf(name);
    return `  ${flags.join(', ')}, ${variable}\n      ${rule}; default ${defaultText ?? (typeof value === 'string' ? value : JSON.stringify(value))}`;
  });
  return [
    'Usage: pawl-server COMMAND [PARAMETERS] [FLAGS]',
    '',
    ...lines,
    '  help, --help',
    '  --version',
    '',
    'Options of every command, as flag or variable, or in a JSON file named by --config or PAWL_CONFIG:',
    ...settings,
  ].join('\n');
}
