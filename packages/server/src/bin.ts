#!/usr/bin/env node
import { main } from './cli/main.js';

// The reader of a pipe may leave early, as `head` does; nothing is left to tell it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
