import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Child } from '../child.js';
import { reasonAgainst, startDatabase } from '../databases.js';
import type { BenchResult } from '../http-bench.js';
import type { MachineFacts } from '../machine.js';
import type { Options } from '../options.js';
import { machineSentence } from '../report.js';
import { table } from '../table.js';
import { indexMemory, indexTable } from './index-memory.js';
import type { FollowerOrder, FollowerReport, RevokerOrder, RevokerReport, Transport } from './messages.js';

interface Delay {
  readonly transport: string;
  readonly followers: number;
  readonly perSecond: number;
  readonly revocations: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly maxMilliseconds: number;
}

const transports: readonly Transport[] = [
  { name: 'Redis', database: 'redis', overHttp: false },
  { name: 'PostgreSQL', database: 'postgres', overHttp: false },
  { name: 'HTTP, authority on Redis', database: 'redis', overHttp: true },
];

/** A hundred verifiers that each have a pool of connections to PostgreSQL are more than two cores carry. */
function followersOf({ database }: Transport): readonly number[] {
  return database === 'postgres' ? [1, 10] : [1, 10, 100];
}

const head = ['feed', 'verifiers', 'revocations/s', 'revocations', 'p50, ms', 'p99, ms', 'max, ms'];

/** How long a revoked session is still accepted, by what carries the feed; and what verifiers keep in memory. */
export async function revocationsBench(
  options: Options,
  folder: string,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<BenchResult> {
  const delays: Delay[] = [];
  for (const transport of transports.filter(({ name }) => options.only.test(name))) {
    const reason = reasonAgainst(transport.database);
    if (reason !== null) say(`Not measured: ${transport.name} (${reason}).`);
    else
      for (const followers of options.quick ? [2] : followersOf(transport)) {
        const place = path.join(folder, `${transport.name.replaceAll(/\W+/g, '-')}-${followers}`);
        delays.push(...(await measure(transport, followers, place, options.quick)));
        say(`${transport.name}, ${followers} verifiers`);
      }
  }
  const memory = indexMemory(options.quick);
  const markdown = [delayTable(delays), indexTable(memory), machineSentence(facts)].join('\n\n');
  return { section: 'revocations', markdown, figures: { delays, memory } };
}

async function measure(
  transport: Transport,
  followers: number,
  folder: string,
  isQuick: boolean,
): Promise<Delay[]> {
  mkdirSync(folder);
  // Each verifier has a pool: one connection listens, others read.
  const database = await startDatabase(transport.database, folder, 50 + 3 * followers);
  const revoker = new Child<RevokerOrder, RevokerReport>('revocations/revoker', 'the authority');
  const verifiers = new Child<FollowerOrder, FollowerReport>('revocations/followers', 'the verifiers');
  try {
    const { address } = database;
    const { origin } = of(await revoker.ask({ type: 'start', transport, database: address }), 'started');
    await verifiers.ask({ type: 'follow', transport, database: address, origin, followers });
    const delays: Delay[] = [];
    for (const perSecond of isQuick ? [50] : [1, 100, 1000]) {
      const revocations = isQuick ? 20 : perSecond === 1 ? 10 : perSecond * 5;
      const milliseconds = await delaysAt(revoker, verifiers, perSecond, revocations);
      const at = (share: number): number =>
        milliseconds[Math.ceil(share * milliseconds.length) - 1] ?? Number.NaN;
      delays.push({
        ...{ transport: transport.name, followers, perSecond, revocations },
        ...{ p50Milliseconds: at(0.5), p99Milliseconds: at(0.99), maxMilliseconds: at(1) },
      });
    }
    await verifiers.ask({ type: 'stop' });
    await revoker.ask({ type: 'stop' });
    return delays;
  } finally {
    await verifiers.stop();
    await revoker.stop();
    await database.end();
  }
}

/** From the call of `revokeSession` until a verifier refuses, of every revocation at every verifier, sorted. */
async function delaysAt(
  revoker: Child<RevokerOrder, RevokerReport>,
  verifiers: Child<FollowerOrder, FollowerReport>,
  perSecond: number,
  sessions: number,
): Promise<Float64Array> {
  const { sessionIds } = of(await revoker.ask({ type: 'prepare', sessions }), 'prepared');
  await verifiers.ask({ type: 'expect', sessionIds });
  const { begunAt } = of(await revoker.ask({ type: 'revoke', perSecond }), 'revoked');
  const { heardAt } = heard(await verifiers.ask({ type: 'collect' }));
  return Float64Array.from(
    heardAt.flatMap((instants) => instants.map((instant, place) => instant - (begunAt[place] ?? Number.NaN))),
  ).sort();
}

function of<Type extends RevokerReport['type']>(
  report: RevokerReport,
  type: Type,
): Extract<RevokerReport, { type: Type }> {
  if (report.type !== type) throw new Error(`the authority reported ${report.type} instead of ${type}`);
  return report as Extract<RevokerReport, { type: Type }>;
}

function heard(report: FollowerReport): Extract<FollowerReport, { type: 'heard' }> {
  if (report.type !== 'heard') throw new Error(`the verifiers reported ${report.type}`);
  return report;
}

function delayTable(delays: readonly Delay[]): string {
  const rows = delays.map((delay) => [
    delay.transport,
    String(delay.followers),
    String(delay.perSecond),
    String(delay.revocations),
    delay.p50Milliseconds.toFixed(1),
    delay.p99Milliseconds.toFixed(1),
    delay.maxMilliseconds.toFixed(1),
  ]);
  return table(head, rows);
}
