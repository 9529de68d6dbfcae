import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/**
 * Runs a program to its end. Resolves to its standard output.
 *
 * @throws Error with its standard error when it fails
 */
export async function runProgram(program: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  // A program that ends early does not read it.
  child.stdin.on('error', () => undefined).end(input);
  const [code, output, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`${program} ended with ${code}:\n${errors}`);
  return output;
}
