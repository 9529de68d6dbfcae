import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

/** A program that answers each line of its input with a line. */
export interface LineProgram {
  /** One at a time. @throws Error with the program's standard error when it ends instead */
  ask(line: string): Promise<string>;
  end(): Promise<void>;
}

export function startLineProgram(program: string, args: readonly string[]): LineProgram {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  // What cannot be written is told by the end of the program.
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const errors = text(child.stderr);
  const ended = once(child, 'close');
  return {
    async ask(line) {
      child.stdin.write(`${line}\n`);
      const answer = await lines.next();
      if (answer.done === true) throw new Error(`${program} ended:\n${await errors}`);
      return answer.value;
    },
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}
