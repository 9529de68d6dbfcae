import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commandsTable, optionsTable } from './reference-tables.js';

const page = readFileSync(new URL('../../../docs/server.md', import.meta.url), 'utf8');

function region(name: string): string | undefined {
  return new RegExp(`<!-- ${name} -->\\n([^]*?)\\n<!-- /${name} -->`).exec(page)?.[1];
}

describe('docs/server.md', () => {
  test('lists the options of the option table', () => {
    expect(region('options')).toBe(optionsTable());
  });

  test('lists the commands of the command table', () => {
    expect(region('commands')).toBe(commandsTable());
  });
});
