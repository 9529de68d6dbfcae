import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type MeasuredCode, measuredCode } from '../../testbed/src/measured-code.js';
import { median } from './statistics.js';

/** What a reader needs to know about the machine and the code that gave the figures. */
export interface MachineFacts extends MeasuredCode {
  readonly cores: number;
  readonly cpu: string;
  readonly node: string;
  readonly openssl: string;
  readonly platform: string;
  /** Runnable processes over the last minute before the run: above 0.5 somebody else uses the machine. */
  readonly loadBefore: number;
  /** Scheduling priority of all processes of the run: below 0 they go before others. */
  readonly niceness: number;
  /** Median time to write 4 KiB and sync it, in the folder that the databases are in. */
  readonly syncMicroseconds: number;
}

/** @param folder - where the databases of this run are */
export function machineFacts(folder: string): MachineFacts {
  const cpus = os.cpus();
  return {
    cores: cpus.length,
    cpu: cpus[0]?.model ?? 'unknown',
    node: process.version,
    openssl: process.versions.openssl,
    platform: `${os.type()} ${os.release()} ${os.arch()}`,
    ...measuredCode(),
    loadBefore: os.loadavg()[0] ?? Number.NaN,
    niceness: os.getPriority(),
    syncMicroseconds: syncMicroseconds(folder),
  };
}

function syncMicroseconds(folder: string): number {
  const page = Buffer.alloc(4096, 1);
  const file = openSync(path.join(folder, 'sync-probe'), 'w');
  const times = Array.from({ length: 200 }, (_, index) => {
    const startedAt = performance.now();
    writeSync(file, page, 0, page.length, (index % 50) * page.length);
    fdatasyncSync(file);
    return performance.now() - startedAt;
  });
  closeSync(file);
  return median(times) * 1000;
}
