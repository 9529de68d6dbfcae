import type { Finding } from '../doctor/finding.js';
import type { Command } from './command.js';
import { exitCodes, print } from './ui.js';

export const doctor: Command = {
  name: 'doctor',
  parameters: [],
  flags: [],
  summary: 'Examines the installation; exit code 1 when something fails.',
  async run({ configuration }) {
    const { config } = configuration();
    const { examinations } = await import('../doctor/examinations.js');
    let failed = false;
    for (const examine of examinations) {
      const findings: readonly Finding[] = await examine(config);
      for (const { state, text } of findings) {
        print(`${state.padEnd(4)}  ${text}`);
        failed ||= state === 'fail';
      }
    }
    return failed ? exitCodes.failed : exitCodes.done;
  },
};
