import type { Series } from './rounds.js';
import { median, medianRatio, spread } from './statistics.js';

/** One row: medians over the rounds, ratios taken round by round. */
export interface Row {
  readonly name: string;
  readonly limit: string;
  readonly note: string;
  readonly refreshesPerSecond: number;
  /** Half the distance between the quartiles of the throughput, as a share of its median. */
  readonly spread: number;
  readonly serverCpuMicroseconds: number;
  /** 0 when the row has no database server. */
  readonly databaseCpuMicroseconds: number;
  /** Of the server and its database server. */
  readonly cpuMicroseconds: number;
  readonly loadCpuMicroseconds: number;
  readonly serverResidentBytes: number;
  /** Null when the limit program of the row was not measured. */
  readonly throughputOfLimit: number | null;
  readonly cpuOfLimit: number | null;
}

export function summarise(all: readonly Series[]): readonly Row[] {
  return all.map((series) => {
    const { name, limit, note } = series.candidate;
    return {
      name,
      limit,
      note,
      refreshesPerSecond: median(throughputs(series)),
      spread: spread(throughputs(series)),
      serverCpuMicroseconds: median(series.rounds.map((round) => round.serverCpuMicroseconds)),
      databaseCpuMicroseconds: median(series.rounds.map((round) => round.databaseCpuMicroseconds)),
      cpuMicroseconds: median(cpuTimes(series)),
      loadCpuMicroseconds: median(series.rounds.map((round) => round.loadCpuMicroseconds)),
      serverResidentBytes: series.rounds.at(-1)?.serverResidentBytes ?? Number.NaN,
      throughputOfLimit: ratio(all, name, limit, throughputs),
      cpuOfLimit: ratio(all, name, limit, cpuTimes),
    };
  });
}

interface Wanted {
  readonly name: string;
  readonly reference: string;
  /** Throughput, as a share of the reference's. */
  readonly atLeast?: number;
  /** CPU per request, as a share of the reference's. */
  readonly cpuAtMost?: number;
}

const wanted: readonly Wanted[] = [
  { name: 'pawl-memory', reference: 'limit-memory', atLeast: 0.8 },
  { name: 'pawl-sqlite', reference: 'limit-sqlite', atLeast: 0.9 },
  { name: 'pawl-sqlite', reference: 'limit-sqlite-ungrouped', atLeast: 5 },
  { name: 'pawl-sqlite', reference: 'better-auth' },
  { name: 'pawl-sqlite', reference: 'glewlwyd' },
  { name: 'pawl-redis ioredis', reference: 'limit-redis', atLeast: 0.8, cpuAtMost: 1.25 },
  { name: 'pawl-redis ioredis', reference: 'oidc-provider redis', atLeast: 4 },
  { name: 'pawl-redis ioredis', reference: 'oauth2-server redis', atLeast: 1 },
  { name: 'pawl-postgres', reference: 'pawl-redis ioredis', atLeast: 0.75 },
  { name: 'pawl-postgres', reference: 'limit-postgres-update', atLeast: 1.6 },
  { name: 'pawl-postgres', reference: 'limit-postgres-update 20' },
];

/** What the project wants to hold, as sentences with the figures of this run. */
export function goals(all: readonly Series[]): readonly string[] {
  return wanted.flatMap(({ name, reference, atLeast, cpuAtMost }) => {
    const throughput = ratio(all, name, reference, throughputs);
    const cpu = ratio(all, name, reference, cpuTimes);
    if (throughput === null || cpu === null) return [];
    const least = atLeast === undefined ? '' : ` (goal: at least ${atLeast})`;
    const most = cpuAtMost === undefined ? '' : ` (goal: at most ${cpuAtMost})`;
    return [
      `${name} / ${reference}: throughput ${throughput.toFixed(2)}${least}, CPU ${cpu.toFixed(2)}${most}`,
    ];
  });
}

function throughputs({ rounds }: Series): number[] {
  return rounds.map((round) => round.refreshesPerSecond);
}

function cpuTimes({ rounds }: Series): number[] {
  return rounds.map((round) => round.serverCpuMicroseconds + round.databaseCpuMicroseconds);
}

function ratio(
  all: readonly Series[],
  name: string,
  reference: string,
  values: (series: Series) => number[],
): number | null {
  const named = (wanted: string): Series | undefined =>
    all.find(({ candidate }) => candidate.name === wanted);
  const [series, other] = [named(name), named(reference)];
  return series === undefined || other === undefined ? null : medianRatio(values(series), values(other));
}
