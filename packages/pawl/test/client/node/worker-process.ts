import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { bundledScript } from '../../../../../testbed/src/vitest/bundled-script.js';

export interface WorkerOptions {
  readonly issuer: string;
  readonly folder: string;
  readonly name: string;
  readonly binding: 'dpop' | 'none';
}

/** What a worker says of one call. */
export interface WorkerReport {
  readonly order: string;
  readonly status: number | string;
  readonly session?: { readonly status: string };
}

const script = new URL('./worker.ts', import.meta.url);

export async function startWorker(options: WorkerOptions): Promise<ChildProcess> {
  const child = fork(await bundledScript(script), [JSON.stringify(options)]);
  const [first] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
  if (first !== 'ready') throw new Error(`the worker ended with ${String(first)}`);
  return child;
}

/** Resolves to null when the worker was killed before it had an answer. */
export async function call(child: ChildProcess, order: string): Promise<WorkerReport | null> {
  const over = once(child, 'exit').then(() => null);
  const answered = new Promise<WorkerReport>((resolve) => {
    const listener = (report: WorkerReport): void => {
      if (report.order !== order) return;
      child.off('message', listener);
      resolve(report);
    };
    child.on('message', listener);
  });
  child.send(order);
  return Promise.race([over, answered]);
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
