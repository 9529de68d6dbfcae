import { measuredCodeText } from '../../testbed/src/measured-code.js';
import type { MachineFacts } from './machine.js';
import type { Options } from './options.js';
import type { Row } from './summary.js';
import { table } from './table.js';

const head = [
  'candidate',
  'refreshes/s',
  '±',
  'of its limit',
  'CPU µs, server',
  'database',
  'sum',
  'of its limit',
];

export function httpTable(rows: readonly Row[]): string {
  return table(
    head,
    rows.map((row) => [
      row.name,
      String(Math.round(row.refreshesPerSecond)),
      `${Math.round(row.spread * 100)} %`,
      ratioText(row.throughputOfLimit),
      row.serverCpuMicroseconds.toFixed(1),
      row.databaseCpuMicroseconds === 0 ? '–' : row.databaseCpuMicroseconds.toFixed(1),
      row.cpuMicroseconds.toFixed(1),
      ratioText(row.cpuOfLimit),
    ]),
  );
}

/** Where and how the figures were taken, in one paragraph. */
export function conditions(facts: MachineFacts, options: Options): string {
  return (
    `${machineSentence(facts)} ${options.sessions} connections, ${options.rounds} rounds of ` +
    `${options.roundSeconds} s, seed ${options.seed}.`
  );
}

export function machineSentence(facts: MachineFacts): string {
  return (
    `${measuredCodeText(facts)} Node ${facts.node}, OpenSSL ${facts.openssl}; ${facts.cores} cores of ${facts.cpu}; ` +
    `${facts.platform}; syncing 4 KiB takes ${Math.round(facts.syncMicroseconds)} µs; load average before the run ` +
    `${facts.loadBefore.toFixed(2)}, niceness ${facts.niceness}.`
  );
}

function ratioText(ratio: number | null): string {
  return ratio === null ? '–' : ratio.toFixed(2);
}
