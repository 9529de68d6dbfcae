import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pawl, temporaryFolder } from '../server-process.js';

interface Step {
  readonly command: string;
  readonly lines: readonly string[];
}

const script = readFileSync(new URL('./sessions.txt', import.meta.url), 'utf8');

const steps: readonly Step[] = script
  .split(/^\$ pawl-server ?/m)
  .slice(1)
  .map((text) => {
    const [command = '', ...lines] = text.split('\n');
    return { command, lines };
  });

function marked(step: Step, mark: string): string | null {
  return step.lines.find((line) => line.startsWith(`${mark} `))?.slice(2) ?? null;
}

describe('a session at the command line', () => {
  const folder = temporaryFolder();

  test.each(steps.map((step, index) => ({ ...step, index })))('$index: $command', async (step) => {
    const line = marked(step, '<');
    const args = step.command.split(' ').filter((word) => word !== '');
    const finished = await pawl(folder, args, { input: line === null ? '' : `${line}\n` });
    expect(`${finished.code}`, finished.stderr).toBe(marked(step, '='));
    expectText(finished.stdout, marked(step, '>'));
    expectText(finished.stderr, marked(step, '!'));
  });

  test('the script holds steps', () => {
    expect(steps.length).toBeGreaterThan(30);
  });
});

function expectText(text: string, pattern: string | null): void {
  if (pattern === null) expect(text).toBe('');
  else expect(text).toMatch(new RegExp(pattern));
}
