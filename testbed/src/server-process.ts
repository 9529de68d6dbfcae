import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

// The shell kills the server when its own standard input ends, which is when this process is gone, however it went.
const guard = `
exec 3<&0
"$0" "$@" </dev/null 2>&1 3<&- &
child=$!
echo "pid $child"
(cat <&3 >/dev/null; kill -9 $child) >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait $child
kill $watch 2>/dev/null`;

const startLimitMilliseconds = 60_000;

/** How a server program is started. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Seen in the output when the server accepts connections. */
  readonly readyText: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly environment?: Readonly<Record<string, string>>;
}

/** A server of another maker that runs for a test and ends with it. */
export class ServerProcess {
  readonly #shell: ChildProcess;
  readonly #gone: Promise<unknown>;
  #pid = 0;
  output = '';

  private constructor(shell: ChildProcess) {
    this.#shell = shell;
    this.#gone = once(shell, 'exit');
  }

  /** Starts the program; resolves when it says that it is ready. @throws Error with its output when it ends instead */
  static async start(command: ServerCommand): Promise<ServerProcess> {
    const shell = spawn('/bin/sh', ['-c', guard, command.program, ...command.args], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ...command.environment },
      ...command.user,
    });
    const server = new ServerProcess(shell);
    await server.#ready(command);
    return server;
  }

  get pid(): number {
    return this.#pid;
  }

  /** Sends a signal to the server itself. */
  signal(signal: NodeJS.Signals): void {
    // 0 would be every process of this group, the tests among them.
    if (this.#pid === 0) throw new Error('the server has no process');
    process.kill(this.#pid, signal);
  }

  /** Stops the server in its tracks: it keeps its connections and answers nothing. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  /** Ends the server by a signal and resolves when it is gone; does nothing when it has ended. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#shell.exitCode === null && this.#shell.signalCode === null) {
      this.signal(signal);
      // A frozen process takes no other signal than SIGKILL until it goes on.
      if (signal !== 'SIGKILL') this.thaw();
    }
    await this.#gone;
  }

  async #ready({ program, readyText }: ServerCommand): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => reject(new Error(`${program} did not start:\n${this.output}`));
      timer = setTimeout(fail, startLimitMilliseconds);
      this.#shell.stdout?.setEncoding('utf8').on('data', (text: string) => {
        // Kept short: a server may run for long.
        this.output = (this.output + text).slice(-20_000);
        // The server may have written before the shell did.
        if (this.#pid === 0) this.#pid = Number(/^pid (\d+)\n/m.exec(this.output)?.[1] ?? 0);
        if (this.#pid !== 0 && this.output.includes(readyText)) resolve();
      });
      this.#gone.then(fail, reject);
    }).finally(() => clearTimeout(timer));
  }
}
