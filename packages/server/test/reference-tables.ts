import { commands } from '../src/cli/commands.js';
import { usageOf } from '../src/cli/help.js';
import { flagOf, isAlsoInFile, optionNames, options, variableOf } from '../src/config/options.js';

/** The table of options in docs/server.md. */
export function optionsTable(): string {
  const rows = optionNames.map((name) => {
    const { rule, default: value, defaultText, secret, description, reason } = options[name];
    const inFile = isAlsoInFile(name);
    const code = (...texts: readonly (string | null)[]): string =>
      texts.flatMap((text) => (text === null ? [] : [`\`${text}\``])).join(', ');
    const written = [
      code(variableOf(name), inFile ? `${variableOf(name)}_FILE` : null),
      code(secret === true ? null : `--${flagOf(name)}`, inFile ? `--${flagOf(name)}-file` : null),
      code(name, inFile ? `${name}File` : null),
    ].join(' <br> ');
    return [
      written,
      description,
      rule,
      `${defaultText ?? (typeof value === 'string' ? value : JSON.stringify(value))}: ${reason}`,
    ];
  });
  return table(['variable, flag, key', 'what it does', 'rule', 'default, and why'], rows);
}

/** The table of commands in docs/server.md. */
export function commandsTable(): string {
  const rows = commands.map((command) => [`\`${usageOf(command)}\``, command.summary]);
  return table(['command', 'what it does'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}
