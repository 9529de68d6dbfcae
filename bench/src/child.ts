import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const answerTimeoutSeconds = 180;

interface Waiting<Report> {
  resolve(report: Report): void;
  reject(error: Error): void;
}

/** A process of the bench, which answers each order with one report. */
export class Child<Order extends object, Report> {
  readonly #process: ChildProcess;
  readonly #name: string;
  #waiting: Waiting<Report> | null = null;
  #failure: Error | null = null;

  /** @param module - path without extension, from this folder */
  constructor(module: string, name: string, extraExecArgv: readonly string[] = []) {
    this.#name = name;
    const file = fileURLToPath(new URL(`./${module}.ts`, import.meta.url));
    this.#process = fork(file, { execArgv: [...process.execArgv, ...extraExecArgv] });
    this.#process.on('message', (report: Report) => this.#settle((waiting) => waiting.resolve(report)));
    this.#process.on('exit', (code, signal) => this.#fail(`ended early (${String(signal ?? code)})`));
  }

  ask(order: Order): Promise<Report> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail('did not answer in time'), answerTimeoutSeconds * 1000);
      this.#waiting = {
        resolve: (report) => {
          clearTimeout(timer);
          resolve(report);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#process.send(order);
    });
  }

  /** Resolves when the process is gone; a last order may ask it to go by itself. */
  async stop(last?: Order): Promise<void> {
    this.#waiting = null;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    if (last === undefined || !this.#process.connected) this.#process.kill();
    else this.#process.send(last);
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), 5000);
    await gone;
    clearTimeout(killer);
  }

  #settle(settle: (waiting: Waiting<Report>) => void): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) settle(waiting);
  }

  #fail(what: string): void {
    const failure = new Error(`the process of ${this.#name} ${what}`);
    this.#failure = failure;
    this.#settle((waiting) => waiting.reject(failure));
  }
}
