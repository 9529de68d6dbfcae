import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { bundledScript } from '../../../testbed/src/vitest/bundled-script.js';

const bin = new URL('../src/bin.ts', import.meta.url);

/** The program asks for files that lie beside its compiled ones. */
const compiled = new URL('../dist/cli/main.js', import.meta.url);

/** Variables of this process, without options of Pawl. */
const cleanEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('PAWL_')),
);

export type Variables = Readonly<Record<string, string>>;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'pawl-server-'));
}

async function start(folder: string, args: readonly string[], variables: Variables): Promise<ChildProcess> {
  const program = await bundledScript(bin, compiled);
  return spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...cleanEnvironment, ...variables },
  });
}

/** Runs one command to its end. */
export async function pawl(
  folder: string,
  args: readonly string[],
  { input = '', variables = {} }: { readonly input?: string; readonly variables?: Variables } = {},
): Promise<Finished> {
  const child = await start(folder, args, variables);
  const output = collect(child);
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: output.stdout, stderr: output.stderr };
}

export interface RunningServer {
  readonly address: string;
  readonly output: { readonly stdout: string; readonly stderr: string };
  readonly child: ChildProcess;
  post(path: string, body: unknown, headers?: Variables): Promise<Response>;
  /** The address with an access token. */
  get(path: string, accessToken: string): Promise<Response>;
  login(username: string, password: string): Promise<LoggedIn>;
  /** Ends it by SIGTERM; resolves to its exit code. */
  stop(): Promise<number | null>;
}

export interface LoggedIn {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly session_id: string;
}

/** Starts a server on a free port and waits until it listens. It ends with the test at the latest. */
export async function startServer(folder: string, variables: Variables = {}): Promise<RunningServer> {
  const child = await start(folder, ['serve'], { PAWL_PORT: '0', ...variables });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = collect(child);
  const closed = once(child, 'close');
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const found = /listens on (?<address>\S+)\n/.exec(output.stdout)?.groups?.['address'];
      if (found !== undefined) resolve(found);
    });
    void closed.then(() => reject(new Error(`The server did not start: ${output.stderr}`)));
  });
  const post = (path: string, body: unknown, headers: Variables = {}): Promise<Response> =>
    fetch(address + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return {
    address,
    output,
    child,
    post,
    get: (path, accessToken) =>
      fetch(address + path, { headers: { authorization: `Bearer ${accessToken}` } }),
    async login(username, password) {
      const answer = await post('/login', { username, password });
      if (answer.status !== 200) throw new Error(`The login answered ${answer.status}.`);
      return (await answer.json()) as LoggedIn;
    },
    async stop() {
      child.kill('SIGTERM');
      const [code] = (await closed) as [number | null];
      return code;
    },
  };
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  return output;
}
