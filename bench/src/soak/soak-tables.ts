import type { Candidate } from '../candidates.js';
import { required } from '../required.js';
import { table } from '../table.js';

/** What there was to see at one moment. */
export interface Sample {
  readonly atSeconds: number;
  /** Since the beginning. */
  readonly refreshes: number;
  readonly serverBytes: number;
  readonly databaseBytes: number;
  readonly storeBytes: number;
}

/** One candidate under load. A wrong answer would have ended the bench. */
export interface Soaked {
  readonly candidate: Candidate;
  readonly samples: readonly Sample[];
}

/** What was done. */
export function loadTable(all: readonly Soaked[]): string {
  const rows = all.map(({ candidate, samples }) => {
    const { refreshes, atSeconds } = required(samples.at(-1));
    return [candidate.name, String(refreshes), (refreshes / atSeconds).toFixed(0), '0'];
  });
  return table(['candidate', 'refreshes', 'refreshes/s', 'wrong answers'], rows);
}

const measures = [
  { name: 'server memory', of: ({ serverBytes }: Sample) => serverBytes },
  { name: 'database memory', of: ({ databaseBytes }: Sample) => databaseBytes },
  { name: 'store', of: ({ storeBytes }: Sample) => storeBytes },
] as const;

const head = ['MB', 'after 1 minute', 'in the middle', 'at the end', 'per million refreshes'];

/** What grew: from the first minute on, when caches are full and code is compiled. */
export function growthTable(all: readonly Soaked[]): string {
  const rows = all.flatMap(({ candidate, samples }) =>
    measures
      .filter(({ of }) => samples.some((sample) => of(sample) > 0))
      .map(({ name, of }) => [`${candidate.name}, ${name}`, ...growthCells(samples, of)]),
  );
  return table(head, rows);
}

function growthCells(samples: readonly Sample[], of: (sample: Sample) => number): string[] {
  const end = required(samples.at(-1));
  const first = sampleAt(samples, Math.min(60, end.atSeconds / 4));
  const middle = sampleAt(samples, end.atSeconds / 2);
  const perMillion = ((of(end) - of(first)) / (end.refreshes - first.refreshes)) * 1e6;
  return [...[first, middle, end].map((sample) => megabytes(of(sample))), megabytes(perMillion)];
}

/** The first one that is not before the instant. */
function sampleAt(samples: readonly Sample[], seconds: number): Sample {
  return required(samples.find(({ atSeconds }) => atSeconds >= seconds));
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
