import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type RunningServer, startServer, temporaryFolder } from '../server-process.js';

const run = promisify(execFile);

const page = readFileSync(new URL('../../../../docs/http.md', import.meta.url), 'utf8');
const [setUp = '', ...examples] = [...page.matchAll(/```sh\n([^]*?)\n```/g)].map(([, code]) => code ?? '');
const clients = /PAWL_CLIENTS='([^']+)'/.exec(page)?.[1] ?? '';

interface Ran {
  /** The exit code of the last command. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a reader pastes, against the server of the test; curl fails where the answer is an error. */
function linesOf(example: string, { address, output }: RunningServer): string {
  const password = /shown this once: (\S+)/.exec(output.stdout)?.[1] ?? '';
  // What names no variable needs none.
  return (example.includes('$') ? `${setUp}\n${example}` : example)
    .replace('the printed one', password)
    .replaceAll('http://localhost:3000', address)
    .replaceAll(/\bcurl /g, 'curl -sS --fail-with-body ');
}

async function paste(lines: string): Promise<Ran> {
  try {
    return { code: 0, ...(await run('bash', ['-c', lines])) };
  } catch (error) {
    return error as Ran;
  }
}

/** What is read of a stream until this text comes. */
async function readUntil(lines: string, text: string): Promise<string> {
  const child = spawn('bash', ['-c', lines.replace('-m 3', '-m 60')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let read = '';
  for await (const part of child.stdout) {
    read += String(part);
    if (read.includes(text)) break;
  }
  child.kill();
  return read;
}

test('the examples of docs/http.md work as pasted', async () => {
  const server = await startServer(temporaryFolder(), { PAWL_CLIENTS: clients });
  const streams = examples.filter((example) => example.includes('/revocations'));
  const answered = examples.filter((example) => !streams.includes(example));
  expect([streams.length, answered.length > 15]).toEqual([1, true]);
  // One after the other: some end every session of the user.
  for (const example of answered) {
    const ran = await paste(linesOf(example, server));
    expect({ example, ...ran }).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout, example).not.toMatch(/^$|"active":false/);
  }
  const [stream = ''] = streams;
  expect(await readUntil(linesOf(stream, server), 'event: complete')).toContain('event: hello');
  expect(await server.stop()).toBe(0);
});
