import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { securityEvents } from '../src/config/webhooks.js';
import { eventTypes } from '../src/logs/sentence.js';
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

describe('docs/webhooks.md', () => {
  const webhooks = readFileSync(new URL('../../../docs/webhooks.md', import.meta.url), 'utf8');
  const rows = webhooks.split('\n').filter((line) => /^\| `[a-z]+\.[a-z]/.test(line));
  const typesOf = (lines: readonly string[]): string[] =>
    lines.flatMap((line) =>
      [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, type]) => String(type)),
    );

  test('lists every type of event, and marks those that are sent by default', () => {
    expect(typesOf(rows).sort()).toEqual([...eventTypes].sort());
    const byDefault = rows.filter((line) => line.split('|')[2] === ' yes ');
    expect(typesOf(byDefault).sort()).toEqual([...securityEvents].sort());
  });
});
