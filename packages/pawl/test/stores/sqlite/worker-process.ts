import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { bundledScript } from '../../../../../testbed/src/vitest/bundled-script.js';
import type { Session } from '../../../src/rotation/index.js';
import type { RotateAttempt, RotateResult } from '../../../src/stores/index.js';

export type WorkerJob =
  | { readonly kind: 'rotate'; readonly attempt: RotateAttempt; readonly times: number }
  | { readonly kind: 'load'; readonly seed: number }
  | { readonly kind: 'open'; readonly path: string };

export type WorkerAnswer =
  | { readonly kind: 'ready' | 'locked' | 'released' }
  | { readonly kind: 'opened'; readonly error: string | null }
  | { readonly kind: 'results'; readonly results: readonly RotateResult[] }
  | { readonly kind: 'created' | 'rotated'; readonly session: Session }
  | { readonly kind: 'revoked'; readonly sessionId: string }
  | { readonly kind: 'written'; readonly key: string; readonly version: number };

const script = new URL('./worker.ts', import.meta.url);

/** Starts a process on the file; resolves when it is ready, or holds the write lock. */
export async function startWorker(path: string, task: 'serve' | 'lock' = 'serve'): Promise<ChildProcess> {
  const child = fork(await bundledScript(script), [path, task]);
  const [first] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [
    WorkerAnswer | number,
  ];
  if (typeof first !== 'object') throw new Error(`the worker ended with ${String(first)}`);
  return child;
}

export async function ask(child: ChildProcess, job: WorkerJob): Promise<WorkerAnswer> {
  const answered = once(child, 'message') as Promise<[WorkerAnswer]>;
  child.send(job);
  return (await answered)[0];
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
