import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from './command.js';
import { CommandError, exitCodes } from './ui.js';

export const lab: Command = {
  name: 'lab',
  parameters: [],
  flags: [],
  summary: 'Runs the attack lab; arguments are handed on to it.',
  raw: true,
  run({ parameters }) {
    // Compiled into a folder beside this program.
    const program = fileURLToPath(new URL('../lab/main.js', import.meta.url));
    if (!existsSync(program)) throw new CommandError('The lab is not built; run "npm run build".');
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [program, ...parameters], { stdio: 'inherit' });
      child.once('error', () => resolve(exitCodes.failed));
      child.once('exit', (code) => resolve(code ?? exitCodes.failed));
    });
  },
};
