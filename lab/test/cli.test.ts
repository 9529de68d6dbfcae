import { describe, expect, test } from 'vitest';
import { runCli } from '../src/cli.js';
import { modes } from '../src/modes/registry.js';
import { scenarios } from '../src/scenarios/registry.js';

async function run(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  const out: string[] = [];
  const error: string[] = [];
  const status = await runCli(args, { out: (text) => out.push(text), error: (text) => error.push(text) });
  return { status, out: out.join('\n'), error: error.join('\n') };
}

const quick = ['two-tabs', 'stolen-token-user-active', 'answers-out-of-order'].flatMap((name) => [
  '--scenario',
  name,
]);

describe('wrong options', () => {
  const lines = ['--nonsense', '--scenario nothing', '--mode nothing', '--seed', 'stray'];
  test.each(lines)('are refused with status 2: %s', async (line) => {
    const args = line.split(' ');
    const { status, out, error } = await run(...args);
    expect([status, out]).toEqual([2, '']);
    expect(error).toContain(args.at(-1));
    expect(error).toContain('Usage: lab');
  });

  test('that name no scenario are answered with those that there are', async () => {
    const { error } = await run('--scenario', 'nothing');
    for (const { name } of scenarios) expect(error).toContain(name);
  });
});

describe('the output', () => {
  test('is the same for the same seed', async () => {
    const first = await run('--json', '--seed', 'one', ...quick);
    expect(first.status).toBe(0);
    expect(await run('--json', '--seed', 'one', ...quick)).toEqual(first);
  });

  test('differs in its draws for another seed, and keeps every promise', async () => {
    const one = await run('--json', '--seed', 'one', ...quick);
    const two = await run('--json', '--seed', 'two', ...quick);
    expect(two.status).toBe(0);
    expect(two.out.replace('"two"', '"one"')).not.toBe(one.out);
  });

  test('lists every scenario and mode without playing one', async () => {
    const { status, out } = await run('--list');
    expect(status).toBe(0);
    for (const { name } of [...scenarios, ...modes]) expect(out).toContain(`  ${name} `);
  });

  test('tells one scenario step by step, with outcomes and events, and without a token', async () => {
    const { out } = await run('--scenario', 'stolen-token-user-active');
    expect(out).toContain('thief     refreshes: rotated');
    expect(out).toContain('user      refreshes: forked');
    expect(out).toMatch(/service +alarm: generation \d+ came again/);
    expect(out).not.toMatch(/prt_|eyJ/);
  });

  test('is a table of at most 140 columns', async () => {
    const { out } = await run('--mode', 'stateless', '--mode', 'session');
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(140);
    expect(out).toMatch(/^stolen database +thief never in +thief still in$/m);
  });

  test('keeps its columns however many people were logged out', async () => {
    const { out } = await run(
      '--scenario',
      'two-tabs',
      '--mode',
      'strict',
      '--mode',
      'bound',
      '--seed',
      'one',
    );
    expect(out).toMatch(/\d\d false logouts; \[a\]$/m);
  });

  test('is a Markdown table with a row for each scenario', async () => {
    const { out } = await run('--markdown', '--mode', 'stateless', '--mode', 'session');
    const lines = out.split('\n');
    expect(lines[0]).toBe('|  | *stateless* | *session* |');
    expect(lines.filter((line) => line.startsWith('| '))).toHaveLength(scenarios.length + 2);
  });

  test('is JSON that says what was expected and found', async () => {
    const { out } = await run('--json', '--scenario', 'lost-answer-5min', '--mode', 'balanced');
    expect(JSON.parse(out)).toMatchObject({
      seed: 'pawl',
      results: [
        {
          scenario: 'lost-answer-5min',
          modes: { balanced: { user: 'false logout', expected: { promise: 'limit' }, broken: [] } },
        },
      ],
    });
  });
});
