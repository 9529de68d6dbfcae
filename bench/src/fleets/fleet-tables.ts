import { table } from '../table.js';
import type { FileCounts } from './file-fleet.js';
import type { FleetServer } from './fleet-servers.js';
import type { Answered, TrainCounts } from './trains.js';

/** Everything that happened at one server. */
export interface FleetRun {
  readonly server: FleetServer;
  readonly trains: readonly TrainCounts[];
  readonly files: readonly FileCounts[];
}

/** Presentations inside the window: by server and number of agents, a column for each gap. */
export function withinTable(runs: readonly FleetRun[]): string {
  const gaps = distinct(runs.flatMap(({ trains }) => trains.map(({ gapSeconds }) => gapSeconds)));
  const rows = runs.flatMap(({ server, trains }) =>
    distinct(trains.map(({ presentations }) => presentations)).map((agents) => [
      server.candidate.name,
      String(agents),
      ...gaps.map((gap) =>
        withinCell(trains.find((one) => one.presentations === agents && one.gapSeconds === gap)),
      ),
    ]),
  );
  return table(['inside the window', 'agents', ...gaps.map((gap) => `${gap} s apart`)], rows);
}

function withinCell(train: TrainCounts | undefined): string {
  if (train === undefined) return '–';
  const { within, inTime } = train;
  return textOf(within) + (inTime.loggedOut === 0 ? '' : `, ${inTime.loggedOut} logged out`);
}

/** Presentations after the window, all gaps together. */
export function overdueTable(runs: readonly FleetRun[], windowSeconds: number): string {
  const rows = runs
    .map(({ server, trains }) => ({ name: server.candidate.name, late: trains.filter(isOverdue) }))
    .filter(({ late }) => late.length > 0)
    .map(({ name, late }) => [
      name,
      textOf({
        presented: sum(late.map(({ after }) => after.presented)),
        answered: sum(late.map(({ after }) => after.answered)),
      }),
      `${sum(late.map(({ overdue }) => overdue.loggedOut))} of ${sum(late.map(({ overdue }) => overdue.sessions))}`,
    ]);
  return table([`after ${windowSeconds} s`, 'answered', 'sessions logged out'], rows);
}

function isOverdue({ overdue }: TrainCounts): boolean {
  return overdue.sessions > 0;
}

/** Fleets that share a file. */
export function filesTable(runs: readonly FleetRun[]): string {
  const rows = runs
    .filter(({ files }) => files.length > 0)
    .map(({ server, files }) => {
      const calls = sum(files.map((one) => one.calls));
      const answered = sum(files.map((one) => one.answered));
      return [
        server.candidate.name,
        String(calls),
        String(answered),
        String(calls - answered),
        `${files.filter(({ isLoggedOut }) => isLoggedOut).length} of ${files.length}`,
      ];
    });
  return table(['a file shared by a fleet', 'calls', 'answered', 'refused', 'fleets logged out'], rows);
}

function textOf({ answered, presented }: Answered): string {
  return `${answered} of ${presented}`;
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
