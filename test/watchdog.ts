import { Worker } from 'node:worker_threads';
import { afterAll, beforeEach, expect } from 'vitest';

/**
 * A limit for each test file as a whole. The limits of tests and hooks do not reach what a file awaits while it is loaded, nor a call that
 * blocks the event loop; a thread beside it sees both. Several times as long as the longest file takes.
 */
const limitMilliseconds = 600_000;

const thread = `
const { parentPort, workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
let current = { file: null, test: null };
let timer;
parentPort.on('message', (next) => {
  if (next.file !== current.file) {
    clearTimeout(timer);
    if (next.file !== null) timer = setTimeout(end, workerData.limit);
  }
  current = next;
});
function end() {
  const where = current.test === null ? 'while it was loaded' : 'after "' + current.test + '" had begun';
  writeSync(2, current.file + ' had not ended after ' + workerData.limit / 1000 + ' s, ' + where + '\\n');
  process.kill(process.pid, 'SIGKILL');
}
`;

/** One thread for all files that this process runs, one after another. */
const holder = globalThis as typeof globalThis & { pawlWatchdog?: Worker };
holder.pawlWatchdog ??= new Worker(thread, {
  eval: true,
  execArgv: [],
  workerData: { limit: limitMilliseconds },
});
const watchdog = holder.pawlWatchdog;
watchdog.unref();

const file = expect.getState().testPath ?? 'a test file';
watchdog.postMessage({ file, test: null });

beforeEach(({ task }) => watchdog.postMessage({ file, test: task.name }));
afterAll(() => watchdog.postMessage({ file: null, test: null }));
