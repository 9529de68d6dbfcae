import type { Command } from './command.js';
import { exitCodes } from './ui.js';

export const serveCommand: Command = {
  name: 'serve',
  parameters: [],
  flags: [],
  summary: 'Runs the server until SIGTERM or SIGINT.',
  async run({ configuration }) {
    // What serves requests is more than all other commands need together.
    const { serve } = await import('../serve/serve.js');
    await serve(configuration().config, (text) => process.stdout.write(text));
    return exitCodes.done;
  },
};
