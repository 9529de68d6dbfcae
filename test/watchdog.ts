import { Worker } from 'node:worker_threads';
import { beforeEach, expect } from 'vitest';

/**
 * A limit for each test file as a whole. The limits of tests and hooks do not reach what a file awaits while it is loaded, nor a call that
 * blocks the event loop; a thread beside it sees both. Several times as long as the longest file takes.
 */
const limitMilliseconds = 600_000;

const thread = `
const { parentPort, workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
let current = 'while it was loaded';
parentPort.on('message', (name) => { current = 'after "' + name + '" had begun'; });
setTimeout(() => {
  writeSync(2, workerData.file + ' had not ended after ' + workerData.limit / 1000 + ' s, ' + current + '\\n');
  process.kill(process.pid, 'SIGKILL');
}, workerData.limit);
`;

const watchdog = new Worker(thread, {
  eval: true,
  execArgv: [],
  workerData: { file: expect.getState().testPath ?? 'a test file', limit: limitMilliseconds },
});
watchdog.unref();

beforeEach(({ task }) => watchdog.postMessage(task.name));
