/** Programs that start others, and end together with them. */
import { type ChildProcess, spawn } from 'node:child_process';

const limitMilliseconds = 300_000;

let running: ChildProcess | null = null;

process.once('exit', endRunning);
// A signal ends a process without its exit handlers, unless it is answered with an exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/**
 * Runs a program with all that it starts. Resolves to what it printed; one runs at a time.
 *
 * @throws Error with what it printed when it fails, or when it has not ended after five minutes
 */
export async function runInGroup(
  program: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<string> {
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running = child;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const timer = setTimeout(endRunning, limitMilliseconds);
  const end = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? String(code)));
  }).finally(() => {
    clearTimeout(timer);
    running = null;
  });
  if (end !== '0') throw new Error(`"${[program, ...args].join(' ')}" ended with ${end}:\n${output}`);
  return output;
}

function endRunning(): void {
  if (running?.pid === undefined) return;
  try {
    process.kill(-running.pid, 'SIGKILL');
  } catch {
    // The whole group is gone already.
  }
}
