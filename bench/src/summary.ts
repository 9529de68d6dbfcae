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
      serverCpuMicroseconds: median(cpuTimes(series)),
      loadCpuMicroseconds: median(series.rounds.map((round) => round.loadCpuMicroseconds)),
      serverResidentBytes: series.rounds.at(-1)?.serverResidentBytes ?? Number.NaN,
      throughputOfLimit: ratio(all, name, limit, throughputs),
      cpuOfLimit: ratio(all, name, limit, cpuTimes),
    };
  });
}

/** What the project wants to hold, as sentences with the figures of this run. */
export function goals(all: readonly Series[]): readonly string[] {
  const wanted = [
    ['pawl-sqlite', 'limit-sqlite', 0.8],
    ['pawl-memory', 'limit-memory', 0.8],
    ['pawl-sqlite', 'oidc-provider', 3],
    ['pawl-sqlite', 'limit-sqlite-ungrouped', null],
  ] as const;
  return wanted.flatMap(([name, reference, goal]) => {
    const throughput = ratio(all, name, reference, throughputs);
    const cpu = ratio(all, name, reference, cpuTimes);
    if (throughput === null || cpu === null) return [];
    const wish = goal === null ? '' : ` (goal: at least ${goal})`;
    return [`${name} / ${reference}: throughput ${throughput.toFixed(2)}${wish}, CPU ${cpu.toFixed(2)}`];
  });
}

function throughputs({ rounds }: Series): number[] {
  return rounds.map((round) => round.refreshesPerSecond);
}

function cpuTimes({ rounds }: Series): number[] {
  return rounds.map((round) => round.serverCpuMicroseconds);
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
