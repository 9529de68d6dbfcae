import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Secret } from 'pawl';
import { isAcceptablePassword, passwordRule, preparePassword } from '../accounts/password.js';
import { CommandError } from './ui.js';

/** More than any acceptable password with its line end. */
const maxInputBytes = 4096;

/**
 * Reads a new password, prepared: the first line of standard input.
 *
 * @throws CommandError when there is none or it breaks the password policy
 */
export async function readPassword(): Promise<Secret> {
  const typed = new Secret(process.stdin.isTTY ? await readHidden() : await readLine());
  const password = preparePassword(typed);
  if (!isAcceptablePassword(password)) {
    throw new CommandError(`The password on standard input does not fit: ${passwordRule}.`);
  }
  return password;
}

async function readLine(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (chunk.includes('\n') || length > maxInputBytes) break;
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
    return text.split(/\r?\n/, 1)[0] ?? '';
  } catch {
    throw new CommandError('The password on standard input is not UTF-8 text.');
  }
}

async function readHidden(): Promise<string> {
  process.stderr.write('Password: ');
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
