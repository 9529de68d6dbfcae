import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** How a program is run. */
interface Run {
  /** Beside the variables of this process. */
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * Runs a program to its end, without input. Resolves to its standard output.
 *
 * @throws Error with its standard error when it fails
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { variables = {} }: Run = {},
): Promise<string> {
  const child = spawn(program, args, {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [code, output, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`${program} ended with ${code}:\n${errors}`);
  return output;
}
